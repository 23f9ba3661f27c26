// Language and colours: as the browser is set, until they are switched here.

import { $ } from "./elements.js";
import { speak, spoken, t } from "./strings.js";

// changed: called after the language was.
export function prepareAppearance(changed) {
  const use = (language) => {
    speak(language);
    const [other, name] = language === "en" ? ["zh-Hans", "中文"] : ["en", "English"];
    Object.assign($("language"), { textContent: name, lang: other });
    $("theme").setAttribute("aria-label", t("theme"));
    $("theme").title = t("theme");
    changed();
  };
  $("language").addEventListener("click", () => {
    const language = spoken() === "en" ? "zh-Hans" : "en";
    remember("ocr-language", language);
    use(language);
  });
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    remember("ocr-theme", root.dataset.theme);
  });
  const theme = remembered("ocr-theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const asked = remembered("ocr-language") ?? navigator.language;
  use(asked.toLowerCase().startsWith("zh") ? "zh-Hans" : "en");
}

// Storage is refused in some private windows: what was chosen then holds for as long as the page is open.
function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // see above
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
