// What was scored earlier: to look at again, to compare, to remove.

import { post } from "./api.js";
import { byId, el } from "./dom.js";
import { isOpen, jobs, ofSet, sets, singles } from "./state.js";
import { inShort, isReliable, number, unusual, worth } from "./words.js";

const list = byId("history-list");
const rows = new Map();
const marked = new Set();

export const marks = () => [...marked].filter((id) => jobs.has(id));

/** @param {(ids: string[]) => void} onCompare */
export function listen(onCompare) {
  byId("compare").addEventListener("click", () => onCompare(marks()));
  byId("remove-all").addEventListener("click", removeAll);
}

async function removeAll() {
  if (isSure(byId("remove-all"), "Really remove all?")) await remove([...jobs.keys()]);
}

const SECONDS_TO_CONFIRM = 4;

/** Ask by the button itself: whether it was pressed a second time. */
function isSure(button, question) {
  if (button.dataset.usual) return true;
  const label = button.getAttribute("aria-label");
  button.dataset.usual = button.textContent;
  button.textContent = question;
  if (label) button.setAttribute("aria-label", `${label}: sure?`);
  setTimeout(() => {
    button.textContent = button.dataset.usual;
    if (label) button.setAttribute("aria-label", label);
    delete button.dataset.usual;
  }, 1000 * SECONDS_TO_CONFIRM);
  return false;
}

const remove = (ids) => post("/api/jobs/remove", { jobs: ids });

/** Draw the list anew, newest first; rows that stay keep their nodes, and so their focus. */
export function render(current) {
  const entries = [
    ...singles().map((job) => ({ id: job.id, created: job.created, job })),
    ...[...sets.values()].map((set) => ({ id: set.id, created: set.created, set })),
  ].sort((one, other) => other.created - one.created);
  const there = new Set(entries.map((entry) => entry.id));
  for (const id of [...rows.keys()]) {
    if (!there.has(id)) {
      rows.get(id).node.remove();
      rows.delete(id);
    }
  }
  entries.forEach((entry, place) => {
    if (!rows.has(entry.id)) rows.set(entry.id, new Row(entry));
    const row = rows.get(entry.id);
    row.update(entry, current);
    if (list.children[place] !== row.node) list.insertBefore(row.node, list.children[place] ?? null);
  });
  byId("history-empty").hidden = entries.length > 0;
  byId("history-buttons").hidden = entries.length === 0;
  sayMarks();
}

function sayMarks() {
  const count = marks().length;
  byId("compare").disabled = count !== 2;
  byId("compare").textContent = count === 2 ? "Compare the two" : "Compare two";
}

/** A box by which a score is chosen to be compared. */
export class Mark {
  constructor(id) {
    this.box = el("input", { type: "checkbox", onchange: () => this.changed(id) });
    this.node = el("label", { class: "mark-box", title: "Choose to compare" }, this.box);
  }

  changed(id) {
    if (this.box.checked) marked.add(id);
    else marked.delete(id);
    sayMarks();
  }

  update(job) {
    this.box.setAttribute("aria-label", `Compare ${job.name}`);
    this.box.disabled = job.state !== "done" || job.symmetry === null;
    this.box.checked = marked.has(job.id);
  }
}

class Row {
  constructor({ id, job, set }) {
    this.name = el("span", { class: "name" });
    this.said = el("span", { class: "said" });
    this.image = el("span", { class: "thumb", "aria-hidden": "true" });
    this.link = el("a", { href: job ? `#job/${id}` : `#set/${id}` }, this.image, el("span", { class: "text" }, this.name, this.said));
    this.mark = job ? new Mark(id) : null;
    this.remove = el("button", { type: "button", class: "quiet", onclick: () => this.removed(id, set) }, "×");
    this.node = el("li", { data: { id } }, this.link, this.mark?.node, this.remove);
  }

  /** Remove it, and leave the focus with its neighbour. */
  removed(id, set) {
    if (set && !isSure(this.remove, "Sure?")) return;
    const next = this.node.nextElementSibling ?? this.node.previousElementSibling;
    (next?.querySelector("a") ?? byId("choose-files")).focus();
    remove(set ? ofSet(id).map((one) => one.id) : [id]);
  }

  update({ id, job, set }, current) {
    this.link.toggleAttribute("aria-current", id === current);
    if (id === current) this.link.setAttribute("aria-current", "true");
    if (set) return this.updateSet(set);
    this.name.textContent = job.name;
    this.remove.setAttribute("aria-label", `Remove ${job.name}`);
    this.mark.update(job);
    const value = isReliable(job) ? `${number(worth(job))} · ` : "";
    this.said.textContent = `${value}${inShort(job)}${unusual(job)}`;
    thumbnail(this.image, job);
  }

  updateSet(set) {
    const members = ofSet(set.id);
    const over = members.filter((job) => !isOpen(job)).length;
    this.name.textContent = set.name;
    this.remove.setAttribute("aria-label", `Remove the set ${set.name}`);
    const what = members.every((job) => job.part) ? "parts" : "files";
    const count = over < members.length ? `${over} of ${members.length} ${what}` : `${members.length} ${what}`;
    this.said.textContent = `${count}${unusual(members[0])}`;
    this.image.classList.add("set");
    if (members[0]) thumbnail(this.image, members.find((job) => job.state === "done") ?? members[0]);
  }
}

/** Put a job's small picture into its place, once there is one. */
export function thumbnail(place, job) {
  const whose = job.part ? `jobs/${job.id}` : `pictures/${job.picture}`;
  if (place.dataset.picture === whose || !job.thumbnail) return;
  place.dataset.picture = whose;
  const image = el("img", { src: `/api/${whose}/thumbnail`, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.remove());
  place.replaceChildren(image);
}
