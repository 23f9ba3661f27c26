// How long each stage took.

import { $, element } from "./elements.js";
import { number, t } from "./strings.js";

export function showTimings(timings) {
  const place = $("timings");
  const { total, ...stages } = timings;
  place.hidden = total === undefined;
  if (place.hidden) return;
  place.querySelector("summary").textContent = t("timings", { seconds: seconds(total) });
  const shown = Object.entries(stages);
  const bar = shown.map(([stage, ms]) => {
    const part = element("span", { class: `stage ${stage}` });
    part.style.flexGrow = ms;
    return part;
  });
  place.querySelector(".stages").replaceChildren(...bar);
  const rows = shown.map(([stage, ms]) =>
    element("div", {}, element("dt", { class: stage, textContent: t(stage) }), element("dd", { textContent: `${number(ms, ms < 10 ? 1 : 0)} ms` })),
  );
  place.querySelector("dl").replaceChildren(...rows);
  place.title = t("timingsHint");
}

export function seconds(ms) {
  return number(ms / 1000, ms < 10000 ? 2 : 1);
}
