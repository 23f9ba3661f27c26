// One file: from being chosen until it is read, whole or page by page.

import { Problem, recognise, recogniseByPage } from "./service.js";
import { size, t } from "./strings.js";

export class Reading {
  // options: of every request. changed: called at each step. limits: the service's, as /info has them.
  constructor(file, options, limits, changed) {
    Object.assign(this, { file, options, limits, changed });
    this.reset();
  }

  reset() {
    for (const page of this.pages ?? []) if (page.picture !== this.picture) URL.revokeObjectURL(page.picture);
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

  // In one request; where its answer ends early, the pages that are missing in another, as long as each brings some.
  async readPages() {
    for (;;) {
      const had = this.pages.length;
      try {
        await this.askByPage(had ? { pages: `${had + 1}-${this.most}` } : {});
        return;
      } catch (problem) {
        if (this.stopper.signal.aborted || this.pages.length === had) throw problem;
        if (this.pages.length >= this.most) return;
      }
    }
  }

  async askByPage(query) {
    const { signal } = this.stopper;
    const options = { ...this.options, format: "ndjson", picture: "true", ...query };
    for await (const said of recogniseByPage(this.file, options, { signal, heard: this.heard() })) {
      if (signal.aborted) throw new Problem("stopped");
      if ("index" in said) this.takePage(said);
      else this.takeTotals(said);
      this.changed(this);
    }
  }

  async ask(query) {
    const { signal } = this.stopper;
    const answer = JSON.parse(await (await this.request(query)).text());
    if (signal.aborted) throw new Problem("stopped");
    for (const page of answer.pages) this.takePage({ page_count: answer.page_count, ...page });
    this.takeTotals(answer);
    this.changed(this);
  }

  takePage({ page_count: count, ...page }) {
    if (page.picture) page.picture = addressOf(page.picture);
    else if (!page.error) page.picture = this.picture;
    this.count = count ?? 1;
    this.pages[page.index] = page;
  }

  takeTotals({ id, model, truncated, timings_ms: timings }) {
    this.head = { id, model };
    this.isCut ||= truncated;
    for (const [stage, ms] of Object.entries(timings)) {
      this.timings[stage] = Math.round(100 * ((this.timings[stage] ?? 0) + ms)) / 100;
    }
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
