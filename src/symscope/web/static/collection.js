// A set of pictures: how far it is, a table from the most to the least symmetric, downloads.

import { post } from "./api.js";
import { el } from "./dom.js";
import { Mark, thumbnail } from "./history.js";
import { isOpen, ofSet, sets } from "./state.js";
import { duration, inShort, isReliable, number, unusual, withSpread, worth } from "./words.js";

const FILES = { html: "Summary, HTML", csv: "Table, CSV", parquet: "Table, Parquet", json: "Table, JSON" };

const ORDERS = {
  given: (one, other) => one.created - other.created,
  worth: (one, other) => rank(other) - rank(one) || one.created - other.created,
  name: (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }),
};

const rank = (job) => (isReliable(job) ? (worth(job) ?? -0.5) : job.state === "done" ? -1 : isOpen(job) ? -3 : -2);

export class SetView {
  constructor(id) {
    this.id = id;
    this.order = ofSet(id).every((job) => job.part) ? "given" : "worth";
    this.rows = new Map();
    this.title = el("h2", { class: "headline" });
    this.bar = el("progress", { "aria-label": "Scores that are done" });
    this.said = el("p", { class: "sure" });
    this.cancel = el("button", { type: "button", onclick: () => this.stop() }, "Cancel the rest");
    this.body = el("tbody");
    this.heads = {
      name: this.head(this.order === "given" ? "given" : "name", this.order === "given" ? "part" : "file"),
      worth: this.head("worth", "symmetry"),
    };
    this.kind = el("th", { scope: "col" });
    const files = Object.entries(FILES).map(([kind, text]) => el("li", {}, el("a", { href: `/api/sets/${id}/file/${kind}`, download: "" }, text)));
    this.soFar = el("li", { class: "note" }, "of those that are done so far");
    this.files = el("ul", { class: "files" }, ...files, this.soFar);
    this.node = el(
      "article",
      { class: "set" },
      el("header", {}, this.title, this.said, el("div", { class: "progress" }, this.bar, this.cancel)),
      this.files,
      el("table", { class: "listing pictures" }, el("thead", {}, el("tr", {}, this.heads.name, this.heads.worth, this.kind, el("th", { scope: "col", class: "choice" }, "compare"))), this.body),
    );
    this.change();
  }

  head(order, text) {
    return el("th", { scope: "col" }, el("button", { type: "button", class: "sort", onclick: () => { this.order = order; this.draw(); } }, text));
  }

  stop() {
    return post("/api/jobs/cancel", { jobs: ofSet(this.id).filter(isOpen).map((job) => job.id) });
  }

  stage() {}

  /** Many jobs may change in a moment: draw once for all of them. */
  change() {
    if (this.due) return;
    this.due = setTimeout(() => {
      this.due = null;
      this.draw();
    }, this.drawn ? 250 : 0);
  }

  draw() {
    const set = sets.get(this.id);
    if (!set) return;
    this.drawn = true;
    const members = ofSet(this.id);
    const open = members.filter(isOpen);
    const over = members.length - open.length;
    this.title.textContent = `${set.name}${unusual(members[0])}`;
    this.bar.max = members.length;
    this.bar.value = over;
    this.bar.hidden = this.cancel.hidden = !open.length;
    this.files.hidden = !over;
    this.soFar.hidden = !open.length;
    this.said.textContent = progress(members, open, over);
    const scored = members.filter(isReliable);
    const heard = members.every((job) => job.part) || (scored.length > 0 && scored.every((job) => job.music));
    this.heads.worth.firstChild.textContent = heard ? "agreement" : "symmetry";
    this.kind.textContent = heard ? "in music" : "most like";
    for (const [order, head] of Object.entries(this.heads)) {
      head.setAttribute("aria-sort", this.order === order || (order === "name" && this.order === "given") ? (order === "name" ? "ascending" : "descending") : "none");
    }
    members.sort(ORDERS[this.order]).forEach((job, place) => {
      if (!this.rows.has(job.id)) this.rows.set(job.id, new MemberRow(job));
      const row = this.rows.get(job.id);
      row.update(job);
      if (this.body.children[place] !== row.node) this.body.insertBefore(row.node, this.body.children[place] ?? null);
    });
    for (const [id, row] of this.rows) {
      if (!members.some((job) => job.id === id)) {
        row.node.remove();
        this.rows.delete(id);
      }
    }
  }
}

function progress(members, open, over) {
  const cancelled = members.filter((job) => job.state === "cancelled").length;
  const failed = members.filter((job) => !isOpen(job) && !isReliable(job)).length - cancelled;
  const without = (failed ? ` ${failed} without a score to rely on.` : "") + (cancelled ? ` ${cancelled} cancelled.` : "");
  const what = members.every((job) => job.part) ? "parts" : "files";
  if (!open.length) return `${members.length} ${what}.${without}`;
  const times = members.map((job) => job.seconds).filter(Boolean);
  const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
  const left = times.length ? `, about ${duration(mean * open.length)} left` : "";
  return `${over} of ${members.length} ${what}${left}.${without}`;
}

class MemberRow {
  constructor(job) {
    this.image = el("span", { class: "thumb", "aria-hidden": "true" });
    this.link = el("a", { href: `#job/${job.id}` });
    this.value = el("td", { class: "number" });
    this.like = el("td", {});
    this.mark = new Mark(job.id);
    this.node = el("tr", {}, el("th", { scope: "row" }, el("span", { class: "with-thumb" }, this.image, this.link)), this.value, this.like, el("td", { class: "choice" }, this.mark.node));
  }

  update(job) {
    thumbnail(this.image, job);
    this.mark.update(job);
    this.link.textContent = job.name;
    this.value.textContent = isReliable(job) ? (job.music ? number(job.agreement) : withSpread(job.symmetry, job.symmetry_sd)) : "–";
    const reason = job.state === "failed" ? job.error : job.state === "done" && job.outcome !== "ok" ? job.message : "";
    this.like.replaceChildren(inShort(job), ...(reason ? [el("span", { class: "reason" }, reason)] : []));
  }
}
