// One file: from being chosen until it is read, whole or a few pages at a time.

import { Problem, recognise } from "./service.js";
import { size, t } from "./strings.js";

const MOST_PAGES_AT_ONCE = 8;

export class Reading {
  // options: of every request. changed: called at each step. limits: the service's, as /info has them.
  constructor(file, options, limits, changed) {
    Object.assign(this, { file, options, limits, changed });
    this.reset();
  }

  reset() {
    this.state = "waiting"; // then preparing, sending, reading or pausing; at last done or failed
    this.pages = []; // what the service says of each, by index; `picture` is an address of its picture
    this.count = 1;
    this.share = 0; // of the file that was sent
    this.seconds = 0; // until it is tried again
    this.timings = {};
    this.isCut = false;
    this.problem = null;
    this.head = {};
    this.stopper = new AbortController();
  }

  get isUnderWay() {
    return ["preparing", "sending", "reading", "pausing"].includes(this.state);
  }

  get most() {
    return Math.min(this.count, this.limits.max_pages ?? Infinity);
  }

  get lines() {
    return this.pages.reduce((sum, page) => sum + (page?.lines?.length ?? 0), 0);
  }

  get text() {
    return this.pages.map((page) => page?.text).filter(Boolean).join("\n\n");
  }

  // The service's answers as one.
  get document() {
    const pages = this.pages.filter(Boolean).map(({ picture, ...page }) => page);
    const document = { ...this.head, text: this.text, pages, truncated: this.isCut || this.most < this.count };
    return { ...document, ...(this.count > 1 && { page_count: this.count }), timings_ms: this.timings };
  }

  stop() {
    this.stopper.abort();
    if (this.pages.length) this.become("done");
    else this.fail(new Problem("stopped"));
  }

  async run() {
    const { signal } = this.stopper; // what was stopped may have begun anew when it hears of it
    this.become("preparing");
    try {
      const most = this.limits.max_bytes;
      if (this.file.size > most) {
        throw new Problem("body_too_large", t("tooLarge", { size: size(this.file.size), most: size(most) }));
      }
      this.picture ??= await pictureOf(this.file);
      await (this.picture ? this.ask({}) : this.readPages());
      if (!signal.aborted) this.become("done");
    } catch (problem) {
      if (signal.aborted) return;
      if (!(problem instanceof Problem)) throw problem;
      this.fail(problem);
    }
  }

  fail(problem) {
    this.become("failed", { problem });
  }

  // The first page alone, so that it is there soon; then more at a time, as far as there is time for them.
  async readPages() {
    let step = 1;
    const target = ((this.limits.deadline_seconds ?? 30) * 1000) / 4;
    while (this.pages.length < this.most) {
      const first = this.pages.length + 1;
      const last = first === 1 ? 1 : Math.min(first + step - 1, this.most);
      const begun = performance.now();
      try {
        await this.ask({ pages: `${first}-${last}`, picture: "true" });
      } catch (problem) {
        if (problem.code !== "deadline_exceeded" || step === 1) throw problem;
        step = 1;
        continue;
      }
      const took = performance.now() - begun;
      step = took < target ? Math.min(2 * step, MOST_PAGES_AT_ONCE) : Math.max(1, step >> 1);
    }
  }

  async ask(query) {
    const { signal } = this.stopper;
    const answer = JSON.parse(await (await this.request(query)).text());
    if (signal.aborted) throw new Problem("stopped");
    this.count = answer.page_count ?? 1;
    this.isCut ||= answer.truncated;
    this.head = { id: answer.id, model: answer.model };
    for (const page of answer.pages) {
      if (page.picture) page.picture = addressOf(page.picture);
      else if (!page.error) page.picture = this.picture;
      this.pages[page.index] = page;
    }
    for (const [stage, ms] of Object.entries(answer.timings_ms)) {
      this.timings[stage] = Math.round(100 * ((this.timings[stage] ?? 0) + ms)) / 100;
    }
    this.changed(this);
  }

  // The service's answer to one more request about the file, such as for another format.
  request(query, way = { signal: this.stopper.signal, heard: this.heard() }) {
    return recognise(this.file, { ...this.options, ...query }, way);
  }

  heard() {
    return {
      sending: (share) => this.become("sending", { share }),
      reading: () => this.become("reading"),
      pausing: (seconds) => this.become("pausing", { seconds }),
    };
  }

  become(state, more = {}) {
    Object.assign(this, { state }, more);
    this.changed(this);
  }
}

// The file's own address where browsers can show it; else the service is asked for pictures of its pages.
async function pictureOf(file) {
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
    return address;
  } catch {
    URL.revokeObjectURL(address);
    return null;
  }
}

// As a Blob, which takes no memory of the page's.
function addressOf(dataUrl) {
  const bytes = Uint8Array.from(atob(dataUrl.slice(dataUrl.indexOf(",") + 1)), (c) => c.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
}
