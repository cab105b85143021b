// One score: while it is made, and whole.

import { get, post } from "./api.js";
import { el, fit, panel, picture } from "./dom.js";
import { downloads } from "./downloads.js";
import { elementsPart } from "./elements.js";
import { hearing } from "./hearing.js";
import { Learning } from "./learning.js";
import { seenSquare } from "./overlay.js";
import { probabilities, probabilitiesTable } from "./probabilities.js";
import { wherePart } from "./where.js";
import { courses, isOpen, jobs, sets, worker } from "./state.js";
import { inShort, isReliable, number, percent, plusMinus, sentence, unusual, worthWords } from "./words.js";

/** Pixels of a side up to which a picture is shown with square pixels, as it is. */
const COARSE = 128;

export class ScoreView {
  constructor(id) {
    this.id = id;
    this.result = null;
    this.asked = false;
    this.learning = new Learning();
    this.parts = {
      set: el("p", { class: "of-set" }),
      name: el("p", { class: "of" }),
      headline: el("h2", { class: "headline" }),
      sure: el("p", { class: "sure" }),
      symmetry: el("div", { class: "symmetry" }),
      progress: el("div", { class: "progress" }),
      picture: el("div", { class: "frame" }),
      pictureCaption: el("figcaption", {}),
      sketchCaption: el("figcaption", {}),
      answersCaption: el("figcaption", {}),
      sketch: el("div", { class: "frame" }),
      probabilities: el("div", {}),
      rest: el("div", { class: "rest" }),
    };
    const { parts } = this;
    this.probabilitiesPart = el("section", { class: "part", hidden: true }, el("h3", {}, "How likely each kind is"), parts.probabilities);
    this.looks = el(
      "div",
      { class: "looks" },
      el("figure", {}, panel(parts.picture), parts.pictureCaption),
      el("figure", {}, parts.sketch, parts.sketchCaption),
      (this.learningFigure = el("figure", {}, this.learning.node, parts.answersCaption)),
    );
    this.node = el(
      "article",
      { class: "score", data: { job: id } },
      el("header", {}, parts.set, parts.name, parts.headline, parts.sure, parts.symmetry, parts.progress),
      this.looks,
      this.probabilitiesPart,
      parts.rest,
    );
    this.change();
    this.stage();
  }

  get job() {
    return jobs.get(this.id);
  }

  stage() {
    const course = courses.get(this.id);
    if (!course || !this.job) return;
    if (course.drawn) this.draw(course.drawn);
    this.learning.follow(course.frames, !isOpen(this.job));
    if (!this.result) this.live(course);
  }

  /** While it is made: how far it is, and the probabilities so far. */
  live(course) {
    if (course.trained) {
      this.probabilitiesPart.hidden = false;
      this.parts.probabilities.replaceChildren(probabilities([course.trained]));
    }
    this.sayProgress(course);
  }

  sayProgress(course) {
    const { job } = this;
    if (!isOpen(job)) {
      this.parts.progress.replaceChildren();
      return;
    }
    const said = progressWords(job, course);
    if (!this.progressText) {
      this.progressText = el("span", {});
      const cancel = el("button", { type: "button", onclick: () => post("/api/jobs/cancel", { jobs: [this.id] }) }, "Cancel");
      this.parts.progress.replaceChildren(el("span", { class: "pulse", "aria-hidden": "true" }), this.progressText, cancel);
    }
    if (this.progressText.textContent !== said) this.progressText.textContent = said;
  }

  change() {
    const { job } = this;
    if (!job) return;
    const set = sets.get(job.set);
    if (set) this.parts.set.replaceChildren(el("a", { href: `#set/${set.id}` }, set.name), " ›");
    this.parts.name.textContent = `${job.name}${unusual(job)}`;
    if (job.state === "failed" || job.state === "cancelled") this.failed(job);
    else if (job.state !== "done") {
      this.parts.headline.textContent = job.state === "waiting" ? "Waiting for its turn" : "The networks are learning";
      this.sayProgress(courses.get(this.id));
    } else if (!this.asked) this.fetch();
  }

  failed(job) {
    this.parts.headline.textContent = job.state === "cancelled" ? "Cancelled" : "This did not work";
    this.parts.headline.classList.toggle("alarm", job.state === "failed");
    this.parts.sure.textContent = sentence(job.error);
    this.parts.progress.replaceChildren();
    this.looks.hidden = !courses.get(this.id)?.drawn;
  }

  async fetch() {
    this.asked = true;
    try {
      this.result = await get(`/api/jobs/${this.id}`);
    } catch (error) {
      this.parts.headline.textContent = "The result cannot be shown";
      this.parts.sure.textContent = error.message;
      return;
    }
    this.finish(this.result);
  }

  /** Of a score that was made before this tab was opened, ask how it was learned. */
  async recall() {
    const { frames } = await get(`/api/jobs/${this.id}/learning`);
    if (frames.length) this.learning.follow(frames, true);
  }

  /** What is seen is said by the server: it depends on the task, and on what was given. */
  caption(said = {}) {
    this.parts.pictureCaption.textContent = said.picture ?? "";
    this.parts.sketchCaption.textContent = said.sketch ?? "";
    this.parts.answersCaption.textContent = said.answers ?? "";
  }

  draw(seen) {
    this.caption(seen.captions);
    if (seen.picture && !this.parts.picture.querySelector("img")) {
      const coarse = Math.max(seen.rows, seen.columns) <= COARSE ? "pixels" : "";
      fit(this.parts.picture, seen);
      this.parts.picture.replaceChildren(picture(seen.picture, `The picture ${this.job?.name ?? ""}`, coarse));
      if (seen.square) {
        this.parts.picture.append(seenSquare(seen));
      }
    }
    if (seen.square) this.parts.pictureCaption.textContent += "; the networks see the dashed square";
    if (seen.sketch && !this.parts.sketch.querySelector("img")) {
      this.parts.sketch.replaceChildren(picture(seen.sketch, "Its sketch", "pixels"));
    }
  }

  finish(result) {
    const { row, verdict } = result;
    const reliable = row.outcome === "ok";
    this.parts.progress.replaceChildren();
    this.parts.headline.textContent = verdict.headline;
    this.parts.headline.classList.toggle("alarm", !reliable);
    this.parts.sure.textContent = reliable ? verdict.sure : sentence(row.message);
    this.parts.symmetry.replaceChildren(...symmetryParts(row, reliable));
    this.draw(result);
    this.looks.hidden = !result.picture;
    if (result.answers) this.learning.finished(result.answers, result.learned);
    this.learning.follow(this.learning.frames, true);
    if (result.answers && !this.learning.frames.length) this.recall();
    this.learningFigure.hidden = !result.answers;
    if (row.probabilities) {
      const one = { probabilities: row.probabilities, probabilities_sd: row.probabilities_sd, per_network: result.per_network, label: row.label, reliable };
      this.probabilitiesPart.hidden = false;
      this.parts.probabilities.replaceChildren(
        probabilities([one]),
        el("p", { class: "note" }, barsNote(row, result.per_network.length)),
        probabilitiesTable([one]),
      );
    }
    this.parts.rest.replaceChildren(
      ...[hearing(this.job, result), elementsPart(result, this.parts.picture), wherePart(result), inside(result), reasons(result), downloads(this.job, result)].filter(Boolean),
    );
  }
}

/** Whether the answer was weighed from evidence, of all networks together. */
function weighed(row) {
  return row.chance !== undefined && row.chance !== null && !row.music;
}

function barsNote(row, networks) {
  const bars = weighed(row) ? "Bars: what the evidence of all networks comes to; dots: that of each half of them" : `Bars: mean of ${networks} networks; lines: their standard deviation; dots: each of them`;
  return `${bars}. Symmetry is 1 − none.`;
}

function progressWords(job, course) {
  if (job.set) return job.state === "waiting" ? "It waits for its turn." : "The networks learn it; of a set, only the end is shown.";
  if (job.state === "waiting") return worker.ready ? "It starts in a moment." : "It waits for its turn.";
  if (!course?.drawn) return worker.ready ? "Reading it …" : "Starting; the first one takes a little longer …";
  const { frames, trained } = course;
  if (trained) return `${trained.networks} networks have learned it; more are trained while their answer is unsure, ${trained.most} at most.`;
  const last = frames.at(-1);
  if (!last) return "Read. The first networks begin …";
  const least = Math.min(...last.learned);
  return `Step ${last.step}: the slowest network has ${percent(least)} ${course.drawn.captions?.reached ?? ""}. Then many more learn it.`;
}

export function symmetryParts(row, reliable) {
  if (row.symmetry === null || row.symmetry === undefined || !reliable) return [];
  // Of a sound, its own answer comes first; the classifier's stands in the probabilities.
  if (row.music) return agreementParts(row.music.strength);
  const low = Math.max(0, row.symmetry - (row.symmetry_sd ?? 0));
  const high = Math.min(1, row.symmetry + (row.symmetry_sd ?? 0));
  const at = { left: `${100 * low}%`, width: `${100 * (high - low)}%` };
  return [
    el("p", { class: "value" }, el("span", { class: "label" }, "Symmetry "), el("strong", {}, number(row.symmetry)), plusMinus(row.symmetry_sd)),
    el("div", { class: "meter", "aria-hidden": "true" }, el("span", { class: "reach", at }), el("span", { class: "needle", at: { left: `${100 * row.symmetry}%` } })),
    el("p", { class: "ends", "aria-hidden": "true" }, el("span", {}, "0 none seen"), el("span", {}, "1 certainly symmetric")),
  ];
}

function agreementParts(strength) {
  if (typeof strength !== "number") return [];
  const held = Math.min(1, Math.max(0, strength));
  return [
    el("p", { class: "value" }, el("span", { class: "label" }, "Agreement "), el("strong", {}, number(held))),
    el("div", { class: "meter", "aria-hidden": "true" }, el("span", { class: "needle", at: { left: `${100 * held}%` } })),
    el("p", { class: "ends", "aria-hidden": "true" }, el("span", {}, "0 unrelated"), el("span", {}, "1 the same")),
  ];
}

function inside(result) {
  if (!result.plane) return null;
  const maps = result.maps.map(({ image, share }, index) =>
    el("figure", {}, el("div", { class: "frame" }, picture(image, `Pattern ${index + 1} of the inner layer`, "pixels")), el("figcaption", {}, `Pattern ${index + 1}: ${(100 * share).toPrecision(2)} % of the variation`)),
  );
  return el(
    "section",
    { class: "part" },
    el("h3", {}, weighed(result.row) ? "Inside the networks" : "Inside one network"),
    el("p", { class: "note" }, weighed(result.row) ? "The last hidden layers of all of them together, by principal components. A symmetry that was found shows again in the patterns (red and blue: opposite values)." : "Its last hidden layer by principal components. A symmetry that it has found shows again in the patterns (red and blue: opposite values)."),
    el("div", { class: result.where?.curve ? "inside bands" : "inside" }, ...maps, el("figure", {}, el("div", { class: "frame" }, picture(result.plane, "All points in the plane of the first two patterns", "pixels")), el("figcaption", {}, "All points in the plane of the first two (the paper's picture)"))),
  );
}

const SPEAKS = { for: "speaks for it", against: "speaks against it", note: "note" };

function reasons(result) {
  const { verdict, fit, row } = result;
  const baselines = Object.entries(row.baselines ?? {});
  if (!row.probabilities && !verdict.reasons.some(({ text }) => text !== row.message)) return null;
  return el(
    "section",
    { class: "part" },
    el("h3", {}, "How far to rely on it"),
    el("ul", { class: "reasons" }, ...verdict.reasons.filter(({ text }) => text !== row.message).map(({ speaks, text }) => el("li", { class: `says-${speaks}` }, el("span", { class: "speaks" }, SPEAKS[speaks] ?? speaks), text))),
    result.flow ? el("p", {}, result.flow) : null,
    row.probabilities ? el("p", { class: "note" }, result.limits ?? "") : null,
    fit.length || baselines.length
      ? el("details", {}, el("summary", {}, "In numbers"), table("What the networks have right", fit.map(({ what, value }) => [what, value])), baselines.length ? table("Simple measures, strength", baselines.map(([what, value]) => [what, value.toFixed(3)])) : null)
      : null,
    el("details", {}, el("summary", {}, "Where it comes from"), table("Provenance", Object.entries(row.provenance ?? {}).map(([key, value]) => [key.replaceAll("_", " "), String(value)]))),
  );
}

function table(caption, lines) {
  return el("table", { class: "pairs" }, el("caption", {}, caption), el("tbody", {}, ...lines.map(([what, value]) => el("tr", {}, el("th", { scope: "row" }, what), el("td", {}, value)))));
}

export const inOneLine = (job) =>
  `${job.name}: ${isReliable(job) ? `${worthWords(job)}, ` : ""}${inShort(job)}.`;
