// The dialog that asks for a key.

import { $ } from "./elements.js";
import { t } from "./strings.js";

// What was typed in, or nothing where it was cancelled. isWrong: whether one was shown that is not right.
export function askForKey(isWrong, signal) {
  const dialog = $("key");
  $("key-trouble").hidden = !isWrong;
  $("key-trouble").textContent = isWrong ? t("keyWrong") : "";
  $("key-value").value = "";
  return new Promise((resolve) => {
    const end = () => dialog.close();
    dialog.returnValue = "";
    dialog.onclose = () => {
      signal.removeEventListener("abort", end);
      resolve(dialog.returnValue);
    };
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      dialog.close($("key-value").value.trim());
    };
    $("key-cancel").onclick = end;
    signal.addEventListener("abort", end);
    dialog.showModal();
  });
}
