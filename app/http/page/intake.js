// The ways in which files come to the page.

import { $ } from "./elements.js";

// take: called with files, at least one.
export function takeIn(take) {
  const offer = (files) => files.length && take([...files]);
  for (const id of ["files", "camera", "more-files"]) {
    $(id).addEventListener("change", (event) => {
      offer([...event.target.files]);
      event.target.value = ""; // so that the same file can be chosen again
    });
  }
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    offer(event.clipboardData.files);
  });
  takeDropped(offer);
}

function takeDropped(offer) {
  const veil = $("veil");
  let depth = 0; // of elements that the pointer has entered and not left
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  document.addEventListener("dragenter", (event) => carriesFiles(event) && show(1));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && show(-1));
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(-depth);
    offer(event.dataTransfer.files);
  });
}
