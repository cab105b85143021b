// The page: which view is shown, and what happens when a picture comes in.

import { post } from "./api.js";
import { CompareView } from "./compare.js";
import { SetView } from "./collection.js";
import { byId, el } from "./dom.js";
import * as history from "./history.js";
import * as intake from "./intake.js";
import * as options from "./options.js";
import { preview, refresh } from "./preview.js";
import { inOneLine, ScoreView } from "./score.js";
import { isOpen, jobs, known, knownSet, ofSet, on, sets, start, worker } from "./state.js";

const view = byId("view");
const welcome = byId("welcome");
let shown = null;
/** What the options are about: one picture, or those of a set, of which the first is sketched. */
let current = null;
const announced = new Set();

function say(text) {
  byId("status").textContent = text;
}

function setCurrent(pictures, set = null) {
  current = { pictures, set };
  options.allowSubmit(true);
  sayAgain();
  preview(pictures[0]);
}

function sayAgain() {
  if (!current) return;
  const scored = [...jobs.values()].some((job) => job.picture === current.pictures[0].id);
  byId("again").textContent = current.set ? "Score all again" : scored ? "Score again" : "Score";
}

async function taken(pictures, name) {
  if (pictures.length === 1) {
    setCurrent(pictures);
    say(`Took in ${pictures[0].name}.`);
    if (options.startsAtOnce()) await submit([pictures[0]]);
    else byId("again").focus();
  } else {
    say(`Took in ${pictures.length} files.`);
    await submit(pictures, name);
  }
}

async function submit(pictures, set = null) {
  try {
    const wish = { pictures: pictures.map((one) => one.id), options: options.chosen(), set };
    const made = await post("/api/jobs", wish);
    if (made.set) knownSet(made.set);
    made.jobs.filter((job) => !jobs.has(job.id)).forEach(known);
    location.hash = made.set ? `#set/${made.set.id}` : `#job/${made.jobs[0].id}`;
  } catch (error) {
    say(error.message);
  }
}

/** A sound that turned out to have many parts is shown with all of them. */
function follow() {
  const job = shown?.kind === "job" && jobs.get(shown.id);
  if (job && job.set && !shown.set) location.hash = `#set/${job.set}`;
}

/** Show what the address says: a score, a set, two scores, or the welcome. */
function route() {
  const [kind, ...ids] = location.hash.slice(1).split("/");
  const address = location.hash;
  if (!["", "job", "set", "compare"].includes(kind)) return;
  if (shown?.address === address && stillThere(kind, ids)) return;
  const made = makeView(kind, ids);
  shown = made && { address, view: made, kind, id: ids[0], set: jobs.get(ids[0])?.set };
  welcome.hidden = made !== null;
  view.hidden = made === null;
  view.replaceChildren(...(made ? [made.node] : []));
  sayAgain();
  const job = kind === "job" && jobs.get(ids[0]);
  const members = kind === "set" ? ofSet(ids[0]) : job ? [job] : [];
  if (members.length && !(isOpen(members[0]) && current?.pictures[0].id === members[0].picture)) {
    options.choose(members[0].options);
    // The parts of a sound are one file.
    const files = new Map(members.map((one) => [one.picture, { id: one.picture, name: one.name }]));
    setCurrent([...files.values()], sets.get(ids[0])?.name);
  }
  document.title = job ? `${job.name} – symscope` : "symscope";
  history.render(ids[0]);
}

const stillThere = (kind, ids) => (kind === "set" ? sets.has(ids[0]) : ids.every((id) => jobs.has(id)));

function makeView(kind, ids) {
  if (kind === "job" && jobs.has(ids[0])) return new ScoreView(ids[0]);
  if (kind === "set" && sets.has(ids[0])) return new SetView(ids[0]);
  if (kind === "compare" && ids.length === 2 && ids.every((id) => jobs.has(id))) return new CompareView(ids);
  if (kind && worker.known) {
    return { node: el("p", { class: "lead" }, "This score is no longer here."), change() {}, stage() {} };
  }
  return null;
}

function announce(id) {
  const job = jobs.get(id);
  if (!job || isOpen(job) || job.set || announced.has(id)) return;
  announced.add(id);
  if (shown?.id === id) say(inOneLine(job));
}

let due = false;

/** Many things may change in a moment: list them once. */
function listSoon() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    history.render(shown?.id);
    sayAgain();
  });
}

on("change", (id) => {
  follow();
  route();
  shown?.view.change?.();
  listSoon();
  announce(id);
});
on("stage", (id) => {
  if (shown?.id === id) shown.view.stage();
});
on("lost", (lost) => {
  if (lost === true) say("The page's server has ended. Start symscope serve again, and use its new address.");
  else if (lost === false) say("The connection is lost; trying again …");
});

options.onChange((name) => {
  if (["sketch", "task", "evidence", "zoom", "frame", "view", "window", "dimension", "select"].includes(name)) refresh();
});
options.onSubmit(() => current && submit(current.pictures, current.set));
intake.listen(taken, say);
history.listen(([one, other]) => {
  location.hash = `#compare/${one}/${other}`;
});
addEventListener("hashchange", () => {
  route();
  // On a phone the result is below what was chosen.
  const top = byId("main").getBoundingClientRect().top;
  if (top > 0.5 * innerHeight || top < 0) byId("main").scrollIntoView();
});
// Jumps within the page leave the address alone: it says what is shown.
for (const jump of document.querySelectorAll("[data-jump]")) {
  jump.addEventListener("click", (event) => {
    event.preventDefault();
    const target = byId(jump.dataset.jump);
    target.focus();
    target.scrollIntoView();
  });
}
start();
