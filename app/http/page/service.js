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
export function recognise(file, query, way) {
  return patiently(post, file, query, way);
}

// Have `file` read by pages: the lines of the answer, each as soon as it comes and as the object that it holds, up to the
// totals. A Problem where they end before, or where a page had no room for its picture any more.
export async function* recogniseByPage(file, query, way) {
  const body = await patiently(open, file, query, way);
  for await (const line of linesOf(body, way.signal)) {
    const said = JSON.parse(line);
    const isPage = "index" in said;
    if (said.error && (!isPage || said.error.code === "answer_too_large")) throw new Problem(said.error.code, said.error.detail);
    yield said;
    if (!isPage) return;
  }
  throw new Problem("unreachable");
}

async function patiently(ask, file, query, { signal, heard }) {
  let isSecond = false;
  for (;;) {
    if (signal.aborted) throw new Problem("stopped");
    try {
      return await ask(file, query, signal, heard);
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
    const request = new XMLHttpRequest(); // which tells how much was sent
    request.open("POST", "ocr?" + new URLSearchParams(query));
    request.responseType = "blob";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(keyHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => heard.sending(event.loaded / (event.total || 1));
    request.upload.onload = () => heard.reading();
    request.onload = async () => {
      if (request.status === 200) resolve(request.response);
      else reject(await problemOf(request.status, (name) => request.getResponseHeader(name), request.response));
    };
    request.onerror = () => reject(new Problem("unreachable"));
    request.onabort = () => reject(new Problem("stopped"));
    const stop = () => request.abort();
    signal.addEventListener("abort", stop, { once: true });
    request.onloadend = () => signal.removeEventListener("abort", stop);
    request.send(file);
  });
}

// The body of the answer while it comes, which takes no more memory than what was not taken of it yet; how much was sent
// fetch does not tell.
async function open(file, query, signal, heard) {
  heard.reading();
  const headers = { "Content-Type": "application/octet-stream", ...keyHeader() };
  let answer;
  try {
    answer = await fetch("ocr?" + new URLSearchParams(query), { method: "POST", body: file, headers, signal });
  } catch {
    throw new Problem(signal.aborted ? "stopped" : "unreachable");
  }
  if (answer.ok) return answer.body;
  throw await problemOf(answer.status, (name) => answer.headers.get(name), answer);
}

async function* linesOf(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let begun = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = value.split("\n");
      lines[0] = begun + lines[0];
      begun = lines.pop();
      yield* lines;
    }
  } catch {
    throw new Problem(signal.aborted ? "stopped" : "unreachable");
  } finally {
    reader.cancel().catch(() => {}); // of whom nobody wants the rest, the service need not read it
  }
}

// body: a Blob, or an answer of fetch's.
async function problemOf(status, header, body) {
  const told = { id: header("X-Request-Id") ?? "", status };
  told.wait = [429, 503].includes(status) ? Number(header("Retry-After")) || 0 : 0;
  try {
    const { code, detail } = JSON.parse(await body.text());
    return new Problem(code, detail, told);
  } catch {
    return new Problem("unknown", `HTTP ${status}`, told); // of something in front of the service
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
