// The page: what was chosen, one after the other, and which of it is shown.

import { prepareAppearance } from "./appearance.js";
import { $, element } from "./elements.js";
import { examplePicture } from "./example.js";
import { takeIn } from "./intake.js";
import { Reading } from "./reading.js";
import { copy, showFormats } from "./saving.js";
import { information } from "./service.js";
import { problemTitle, size, t } from "./strings.js";
import { seconds, showTimings } from "./timings.js";
import { prepareViewer, showPage } from "./viewer.js";

const queue = [];
let shown = null; // the reading
let pageIndex = 0;
let painted = ""; // which page of which reading is on the screen, and how far it was
let told = ""; // what screen readers have heard of
let info = {};

function take(files) {
  const isAt = queue.length;
  const options = $("upright").checked ? { autorotate: "on" } : {};
  for (const file of files) queue.push(new Reading(file, options, info.limits ?? {}, changed));
  $("welcome").hidden = true;
  $("work").hidden = false;
  show(queue[isAt]);
  $("file-name").focus({ preventScroll: true }); // what had the focus is gone
  work();
}

let isWorking = false;

async function work() {
  if (isWorking) return;
  isWorking = true;
  try {
    for (let next; (next = queue.find((reading) => reading.state === "waiting")); ) await next.run();
  } finally {
    isWorking = false;
  }
}

function show(reading, index = 0) {
  [shown, pageIndex] = [reading, index];
  paint();
}

function changed(reading) {
  if (reading === shown) paint();
  else paintQueue();
}

function paint() {
  paintQueue();
  paintHead();
  paintPages();
  const state = `${queue.indexOf(shown)} ${pageIndex} ${Boolean(shown.pages[pageIndex])} ${shown.isUnderWay} ${shown.picture} ${Boolean(shown.problem)}`;
  if (state === painted) return;
  painted = state;
  showPage(shown, pageIndex);
  if (shown.problem) $("words").prepend(problemCard(shown));
}

function paintQueue() {
  const place = $("queue");
  place.hidden = queue.length < 2;
  if (place.hidden) return;
  if (!place.firstChild) place.append(element("ul"));
  queue.forEach((reading, at) => {
    const button = place.querySelectorAll("button")[at] ?? fileButton(reading, place.firstChild);
    button.className = `file ${reading.state}`;
    button.lastChild.textContent = ` (${stateOf(reading)})`;
    if (reading === shown) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
}

function fileButton(reading, list) {
  const button = element("button", { type: "button" }, reading.file.name, element("span", { class: "unseen" }));
  button.addEventListener("click", () => show(reading));
  list.append(element("li", {}, button));
  return button;
}

function paintHead() {
  $("file-name").textContent = shown.file.name;
  $("work").dataset.state = shown.state;
  $("stop").hidden = !shown.isUnderWay;
  const progress = $("progress");
  progress.hidden = !shown.isUnderWay;
  if (shown.state === "sending" && shown.share < 1) progress.value = shown.share;
  else if (shown.pages.length) progress.value = shown.pages.length / shown.most;
  else progress.removeAttribute("value");
  const state = stateOf(shown);
  $("state").textContent = state;
  const news = `${queue.indexOf(shown)} ${shown.state} ${shown.pages.length}`; // not each percent, nor each second
  if (news !== told && shown.state !== "sending") $("told").textContent = state;
  told = news;
  const page = shown.pages[pageIndex];
  $("copy").disabled = !page?.text;
  $("copy-all").hidden = shown.count < 2;
  $("copy-all").disabled = shown.state !== "done";
  showTimings(shown.state === "done" ? shown.timings : {});
  showFormats(shown, pageIndex);
}

function stateOf(reading) {
  switch (reading.state) {
    case "sending":
      return t("sending", { percent: Math.round(100 * reading.share) });
    case "preparing":
    case "reading":
      if (reading.count === 1) return t("reading");
      return t("readingPage", { number: Math.min(reading.pages.length + 1, reading.most), count: reading.count });
    case "pausing":
      return t("pausing", { seconds: reading.seconds });
    case "done":
      return summaryOf(reading);
    case "failed":
      return problemTitle(reading.problem.code);
    default:
      return t(reading.state);
  }
}

function summaryOf(reading) {
  const { lines, count, most, timings } = reading;
  const parts = [lines === 1 ? t("line") : t("lines", { lines })];
  if (count > 1) parts.unshift(t("ofPages", { count }));
  if (timings.total) parts.push(t("took", { seconds: seconds(timings.total) })); // it was not stopped
  const note = most < count || reading.pages.length < most ? t("more_pages", { most: reading.pages.length, count }) : reading.isCut ? t("cut") : "";
  return [parts.join(" · "), note].filter(Boolean).join(" · ");
}

function paintPages() {
  const place = $("pages");
  place.hidden = shown.count < 2;
  if (place.hidden) return;
  if (place.dataset.of !== `${queue.indexOf(shown)} ${shown.most}`) {
    place.dataset.of = `${queue.indexOf(shown)} ${shown.most}`;
    place.replaceChildren(element("ol", {}, ...Array.from({ length: shown.most }, (_, index) => element("li", {}, pageButton(index)))));
  }
  place.querySelectorAll("button").forEach((button, index) => {
    const picture = shown.pages[index]?.picture;
    const image = button.querySelector("img");
    if (picture && image.src !== picture) image.src = picture;
    button.classList.toggle("failed", Boolean(shown.pages[index]?.error));
    button.classList.toggle("coming", !shown.pages[index] && shown.isUnderWay);
    if (index === pageIndex) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  });
}

function pageButton(index) {
  const button = element("button", { type: "button", class: "thumb" }, element("span", { class: "frame" }, element("img", { alt: "" })), element("span", { textContent: index + 1 }));
  button.setAttribute("aria-label", t("page", { number: index + 1 }));
  button.addEventListener("click", () => show(shown, index));
  return button;
}

function problemCard(reading) {
  const { code, message, id } = reading.problem;
  const card = element("div", { class: "card", role: "alert" }, element("h3", { textContent: problemTitle(code) }));
  const detail = code === "unreachable" ? t("offline") : message;
  if (detail) card.append(element("p", { textContent: detail }));
  if (id) card.append(element("p", { class: "small" }, element("code", { textContent: code }), ` · ${t("requestId", { id })}`));
  const again = element("button", { type: "button", class: "secondary", textContent: t("tryAgain") });
  again.addEventListener("click", () => {
    reading.reset();
    changed(reading);
    work();
  });
  card.append(again);
  return card;
}

function paintLimits() {
  const { max_bytes: most } = info.limits ?? {};
  $("limits").textContent = most ? t("limits", { size: size(most) }) : "";
  $("model").textContent = info.model ? `${info.model} · ${info.engine}` : "";
  $("turn").hidden = !info.autorotate || info.autorotate === "unavailable";
}

async function copyText(button, text) {
  const isCopied = await copy(text);
  $("told").textContent = button.textContent = t(isCopied ? "copied" : "notCopied");
  setTimeout(() => (button.textContent = t(button.dataset.text)), 1600);
}

prepareAppearance(() => {
  paintLimits();
  $("pages").dataset.of = painted = "";
  if (shown) paint();
});
prepareViewer();
takeIn(take);
$("example").addEventListener("click", async () => take([await examplePicture()]));
$("stop").addEventListener("click", () => shown.stop());
$("copy").addEventListener("click", (event) => copyText(event.currentTarget, shown.pages[pageIndex].text));
$("copy-all").addEventListener("click", (event) => copyText(event.currentTarget, shown.text));
info = await information();
paintLimits();
