// Copying, and downloads in every format that the service writes.

import { $, element } from "./elements.js";
import { problemTitle, t } from "./strings.js";

// name: what people call it. query: asked of the service; without it the page has it already.
const FORMATS = [
  { name: () => t("saveText"), suffix: "txt", type: "text/plain", content: (reading) => reading.text + "\n" },
  { name: "JSON", suffix: "json", type: "application/json", content: (reading) => JSON.stringify(reading.document, null, 1) },
  { name: "TSV", suffix: "tsv", query: { format: "tsv" } },
  { name: "hOCR", suffix: "hocr", query: { format: "hocr" } },
  { name: "ALTO", suffix: "xml", query: { format: "alto" } },
  { name: "PDF", suffix: "pdf", query: { format: "pdf" } },
  { name: "PNG", suffix: "png", query: { format: "png" }, isOfPage: true },
];

export function showFormats(reading, pageIndex) {
  const trouble = $("saving-trouble");
  trouble.hidden = true;
  $("formats").replaceChildren(
    ...FORMATS.map((format) => {
      const name = typeof format.name === "string" ? format.name : format.name();
      const button = element("button", { class: "chip", type: "button", textContent: name, "data-format": format.suffix });
      button.setAttribute("aria-label", t("saveAs", { format: name }));
      button.disabled = reading.state !== "done";
      button.addEventListener("click", () => save(button, reading, format, pageIndex, trouble));
      return element("li", {}, button);
    }),
  );
}

async function save(button, reading, format, pageIndex, trouble) {
  trouble.hidden = true;
  button.setAttribute("aria-busy", "true");
  try {
    const isPart = format.isOfPage && reading.count > 1;
    const blob = format.query
      ? await reading.request({ ...format.query, ...(isPart && { pages: pageIndex + 1 }) }, { signal: new AbortController().signal, heard: SILENT })
      : new Blob([format.content(reading)], { type: format.type });
    const stem = reading.file.name.replace(/\.[^.]+$/, "") || "text";
    hand(blob, `${stem}${isPart ? `-${pageIndex + 1}` : ""}.${format.suffix}`);
  } catch (problem) {
    trouble.textContent = `${problemTitle(problem.code)}. ${problem.message}`;
    trouble.hidden = false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

const SILENT = { sending() {}, reading() {}, pausing() {} };

function hand(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

export async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed here: the other way may be
    }
  }
  const area = element("textarea", { value: text, class: "unseen" }); // plain http has no clipboard but this
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
