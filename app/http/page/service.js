// Requests to the service: its key, its errors, and waiting where it asks to.

import { askForKey } from "./key.js";

const LONGEST_WAIT_SECONDS = 60;
const KEY = "ocr-key";

// What went wrong. code: the service's own, or "unreachable". wait: seconds after which to try again; 0: not said.
export class Problem extends Error {
  constructor(code, detail = "", { id = "", status = 0, wait = 0 } = {}) {
    super(detail);
    Object.assign(this, { code, detail, id, status, wait });
  }
}

// What the service says of itself; nothing where it does not want to.
export async function information() {
  try {
    const answer = await fetch("info", { headers: keyHeader() });
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

// Have `file` read; the answer as a Blob. heard: sending(share), pausing(seconds) and reading() are called on the way.
export async function recognise(file, query, { signal, heard }) {
  let isSecond = false;
  for (;;) {
    if (signal.aborted) throw new Problem("stopped");
    try {
      return await post(file, query, signal, heard);
    } catch (problem) {
      if (problem.code === "unauthorized") {
        const key = await askForKey(Boolean(kept()), signal);
        if (!key) throw problem;
        keep(key);
      } else if (!isSecond && problem.wait && problem.wait <= LONGEST_WAIT_SECONDS) {
        isSecond = true;
        await pause(problem.wait, signal, heard);
      } else {
        throw problem;
      }
    }
  }
}

function post(file, query, signal, heard) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much was sent
    request.open("POST", "ocr?" + new URLSearchParams(query));
    request.responseType = "blob";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(keyHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => heard.sending(event.loaded / (event.total || 1));
    request.upload.onload = () => heard.reading();
    request.onload = async () => {
      if (request.status === 200) resolve(request.response);
      else reject(await problemOf(request));
    };
    request.onerror = () => reject(new Problem("unreachable"));
    request.onabort = () => reject(new Problem("stopped"));
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.send(file);
  });
}

async function problemOf(request) {
  const told = { id: request.getResponseHeader("X-Request-Id") ?? "", status: request.status };
  told.wait = [429, 503].includes(request.status) ? Number(request.getResponseHeader("Retry-After")) || 0 : 0;
  try {
    const { code, detail } = JSON.parse(await request.response.text());
    return new Problem(code, detail, told);
  } catch {
    return new Problem("unknown", `HTTP ${request.status}`, told); // of something in front of the service
  }
}

async function pause(seconds, signal, heard) {
  for (let left = Math.ceil(seconds); left > 0 && !signal.aborted; left--) {
    heard.pausing(left);
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
}

function keyHeader() {
  const key = kept();
  return key ? { "X-API-Key": key } : {};
}

// Storage is refused in some private windows: the key is then asked for again.
function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(key) {
  try {
    sessionStorage.setItem(KEY, key);
  } catch {
    // see kept
  }
}
