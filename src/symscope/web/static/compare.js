// Two scores side by side, their probabilities on one scale.

import { get } from "./api.js";
import { el, fit, panel, picture } from "./dom.js";
import { elementsDrawing } from "./overlay.js";
import { probabilities, probabilitiesTable } from "./probabilities.js";
import { symmetryParts } from "./score.js";
import { jobs } from "./state.js";
import { sentence, unusual } from "./words.js";

export class CompareView {
  constructor(ids) {
    this.ids = ids;
    this.node = el("article", { class: "compare" }, el("h2", { class: "headline" }, "Side by side"));
    this.ready = this.fetch();
  }

  async fetch() {
    try {
      const results = await Promise.all(this.ids.map((id) => get(`/api/jobs/${id}`)));
      this.draw(results);
    } catch (error) {
      this.node.append(el("p", {}, error.message));
    }
  }

  draw(results) {
    const letters = ["A", "B"];
    const series = results.map(({ row, per_network }, index) => ({
      probabilities: row.probabilities ?? {}, // A sound is named by what it is made of.
      probabilities_sd: row.probabilities_sd,
      per_network,
      label: row.label,
      reliable: row.outcome === "ok",
      name: letters[index],
    }));
    const columns = results.map((result, index) => this.column(result, letters[index], index));
    this.node.append(el("div", { class: "columns" }, ...columns));
    if (!results.some(({ row }) => row.probabilities)) return;
    this.node.append(
      el("section", { class: "part" }, el("h3", {}, "How likely each kind is"), legend(results, letters), probabilities(series), probabilitiesTable(series)),
    );
  }

  column(result, letter, index) {
    const { row } = result;
    const job = jobs.get(this.ids[index]);
    const frame = el("div", { class: "frame" });
    const reliable = row.outcome === "ok";
    const shown = panel(frame);
    if (result.picture) fit(frame, result);
    if (result.picture) frame.append(picture(result.picture, `The picture ${row.path}`, Math.max(result.rows, result.columns) <= 128 ? "pixels" : ""));
    if (result.elements?.length) frame.append(elementsDrawing(result));
    return el(
      "section",
      { class: "column" },
      el("h3", {}, el("span", { class: `key of-${index}` }, letter), " ", el("a", { href: `#job/${this.ids[index]}` }, row.path)),
      el("figure", {}, shown, el("figcaption", {}, result.captions.picture)),
      el("p", { class: "answer" }, result.verdict.headline),
      el("p", { class: "sure" }, reliable ? result.verdict.sure : sentence(row.message)),
      el("div", { class: "symmetry" }, ...symmetryParts(row, reliable)),
      el("p", { class: "note" }, unusual(job).slice(3)),
    );
  }
}

function legend(results, letters) {
  return el("p", { class: "legend" }, ...results.map(({ row }, index) => el("span", {}, el("span", { class: `key of-${index}` }, letters[index]), ` ${row.path}`)));
}
