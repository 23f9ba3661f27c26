// A page: its picture with a box over each line, and the lines beside it; what is pointed at in one is lit in both.

import { $, drawn, element } from "./elements.js";
import { number, problemTitle, t } from "./strings.js";

const UNSURE = 0.8; // a score below is shown
const LARGEST_SCALE = 1.6; // to which a small picture is blown up
const SKELETON = 7; // lines

const desk = $("desk");
const words = $("words");
let boxes = [];
let rows = [];
let picked = -1;

export function prepareViewer() {
  toggle($("boxes"), (isOn) => desk.classList.toggle("bare", !isOn));
  toggle($("zoom"), (isOn) => {
    desk.classList.toggle("close", isOn);
    if (isOn && picked >= 0) bringIntoView(boxes[picked]);
  });
  for (const [place, name] of [[desk, "polygon"], [words, "[role=button]"]]) {
    const lineOf = (event) => Number(event.target.closest?.(name)?.dataset.line ?? -1);
    place.addEventListener("pointerover", (event) => light(lineOf(event)));
    place.addEventListener("pointerleave", () => light(-1));
    place.addEventListener("click", (event) => lineOf(event) >= 0 && pick(lineOf(event), place === desk));
  }
  words.addEventListener("focusin", (event) => {
    const line = Number(event.target.dataset.line ?? -1);
    light(line);
    if (line >= 0 && event.target.matches(":focus-visible")) bringIntoView(boxes[line]);
  });
  words.addEventListener("focusout", () => light(-1));
  words.addEventListener("keydown", walk);
}

// Show `page` of `reading`; where there is none yet, that it is coming.
export function showPage(reading, index) {
  const page = reading.pages[index];
  [boxes, rows, picked] = [[], [], -1];
  words.setAttribute("aria-busy", String(!page && reading.isUnderWay));
  if (page?.lines) {
    desk.replaceChildren(sheetOf(page, t("pictureOf", { name: reading.file.name, number: index + 1 }), !reading.picture));
    words.replaceChildren(page.lines.length ? listOf(page) : element("p", { class: "empty", textContent: t("nothing") }));
    return;
  }
  const isComing = reading.isUnderWay || reading.state === "waiting";
  desk.replaceChildren(reading.picture ? pictureAlone(reading, isComing) : element("div", { class: `blank${isComing ? " coming" : ""}` }));
  words.replaceChildren(page?.error ? troubleOf(page.error) : isComing ? skeleton() : reading.problem ? "" : element("p", { class: "empty", textContent: t("unread") }));
}

function pictureAlone(reading, isComing) {
  const image = element("img", { src: reading.picture, alt: reading.file.name });
  return element("div", { class: `alone${isComing ? " coming" : ""}` }, image);
}

function sheetOf(page, name, isUpright) {
  const image = element("img", { src: page.picture, alt: name, decoding: "async" });
  const sheet = element("div", { class: "sheet" }, image);
  sheet.style.aspectRatio = `${page.width} / ${page.height}`;
  sheet.style.setProperty("--most", `${Math.round(LARGEST_SCALE * page.width)}px`);
  // The file as browsers show it lies as it came; the page's own pictures are upright.
  const angle = isUpright ? 0 : page.angle;
  if (angle) {
    const isOnSide = angle % 180 !== 0;
    image.style.width = isOnSide ? `${(100 * page.height) / page.width}%` : "100%";
    image.style.height = isOnSide ? `${(100 * page.width) / page.height}%` : "100%";
    image.style.transform = `translate(-50%, -50%) rotate(${-angle}deg)`;
    image.classList.add("turned");
  }
  boxes = page.lines.map((line, at) => drawn("polygon", {
    points: line.polygon.join(" "),
    "data-line": at,
    class: line.score < UNSURE ? "unsure" : "",
  }));
  sheet.append(drawn("svg", { viewBox: `0 0 ${page.width} ${page.height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...boxes));
  return sheet;
}

// Rows as `text` has them, an item each; a line is a button within.
function listOf(page) {
  rows = page.lines.map((line, at) => element("span", {
    role: "button",
    class: line.score < UNSURE ? "line unsure" : "line",
    tabIndex: at ? -1 : 0,
    "data-line": at,
    dir: "auto",
    title: t("sure", { score: percent(line.score) }),
    textContent: line.text,
  }));
  const items = rowsOf(page).map(({ lines, isAfterGap }) => {
    const item = element("li", { class: isAfterGap ? "gap" : "" });
    for (const at of lines) {
      item.append(rows[at], " ");
      if (page.lines[at].score < UNSURE) item.append(element("small", { textContent: `${percent(page.lines[at].score)} %` }), " ");
    }
    return item;
  });
  return element("ol", { class: "lines" }, ...items);
}

// Which lines stand in which row: those of `text` follow each other as `lines` do, with empty rows between blocks.
function rowsOf({ text, lines }) {
  const found = [];
  let next = 0;
  let isAfterGap = false;
  for (let row of text.split("\n")) {
    const first = next;
    for (row = row.trim(); row && lines[next]?.text && row.startsWith(lines[next].text.trim()); next++) {
      row = row.slice(lines[next].text.trim().length).trimStart();
    }
    if (row) return lines.map((_, at) => ({ lines: [at] }));
    if (next > first) found.push({ lines: [...lines.keys()].slice(first, next), isAfterGap });
    isAfterGap = next === first;
  }
  return next === lines.length ? found : lines.map((_, at) => ({ lines: [at] }));
}

function percent(score) {
  return number(Math.floor(100 * score), 0);
}

function skeleton() {
  const bars = Array.from({ length: SKELETON }, () => element("li", {}));
  const list = element("ul", { class: "skeleton" }, ...bars);
  list.setAttribute("aria-hidden", "true");
  return list;
}

function troubleOf(error) {
  return element("div", { class: "card" }, element("h3", { textContent: problemTitle(error.code) }), element("p", { textContent: error.detail }), element("code", { textContent: error.code }));
}

function light(line) {
  for (const elements of [boxes, rows]) elements.forEach((one, at) => one.classList.toggle("lit", at === line));
}

function pick(line, isFromPicture) {
  if (!isFromPicture && !getSelection().isCollapsed) return; // somebody marks text
  picked = line;
  boxes.forEach((box, at) => box.classList.toggle("picked", at === line));
  rows.forEach((row, at) => (at === line ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current")));
  if (isFromPicture) {
    goTo(line);
    rows[line].scrollIntoView({ block: "nearest" });
  } else {
    bringIntoView(boxes[line]);
  }
}

function goTo(line) {
  rows.forEach((row, at) => (row.tabIndex = at === line ? 0 : -1));
  rows[line].focus({ preventScroll: true });
}

// One line is a stop of the tab key; arrows go from line to line.
function walk(event) {
  const at = Number(event.target.dataset.line ?? -1);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to !== undefined && rows[to]) {
    goTo(to);
    rows[to].scrollIntoView({ block: "nearest" });
    event.preventDefault();
  } else if (event.key === "Enter" || event.key === " ") {
    pick(at, false);
    event.preventDefault();
  }
}

// Within the picture's own frame: the page around it stays where it is.
function bringIntoView(box) {
  const [seen, wanted] = [desk.getBoundingClientRect(), box.getBoundingClientRect()];
  if (wanted.top >= seen.top && wanted.bottom <= seen.bottom && wanted.left >= seen.left && wanted.right <= seen.right) return;
  desk.scrollBy({
    top: wanted.top + wanted.height / 2 - seen.top - seen.height / 2,
    left: wanted.left - seen.left - Math.max(0, (seen.width - wanted.width) / 2),
  });
}

function toggle(button, change) {
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOn));
    change(isOn);
  });
}
