// The form: what is chosen, and what a job was scored with.

import { byId } from "./dom.js";

const form = byId("options");
const zoom = byId("zoom");
const networks = byId("networks");

// Not by form.elements: a field that is called "elements" hides it.
const field = (name) => form.querySelector(`[name="${name}"]`);

export function chosen() {
  const given = new FormData(form);
  return {
    sketch: given.get("sketch"),
    frame: given.get("frame"),
    zoom: Number(given.get("zoom")),
    networks: Number(given.get("networks")) || null,
    classifier: given.get("classifier"),
    settings: given.get("settings"),
    task: given.get("task"),
    view: given.get("view"),
    window: Math.min(600, Math.max(0.5, Number(given.get("window")) || 30)),
    dimension: Number(given.get("dimension")) || null,
    seed: Math.min(2 ** 32 - 1, Math.max(0, Math.trunc(Number(given.get("seed")) || 0))),
    elements: given.has("elements"),
    baselines: given.has("baselines"),
  };
}

export const startsAtOnce = () => field("at_once").checked;

/** @param {object} options what a job was scored with @param {number | null} dimension */
export function choose(options, dimension) {
  for (const name of ["sketch", "frame", "classifier", "settings", "view"]) {
    form.querySelector(`[name="${name}"][value="${options[name]}"]`).checked = true;
  }
  chooseTask(options.task ?? "colours");
  form.querySelector(`[name="dimension"][value="${dimension ?? ""}"]`).checked = true;
  field("window").value = options.window ?? 30;
  zoom.value = options.zoom;
  networks.value = options.networks ?? 0;
  field("seed").value = options.seed;
  field("elements").checked = options.elements;
  field("baselines").checked = options.baselines;
  sayValues();
}

/** A job may come with a task that is not on the list, such as greys:8. */
function chooseTask(task) {
  const select = field("task");
  if (![...select.options].some((option) => option.value === task)) select.add(new Option(task, task));
  select.value = task;
}

function sayValues() {
  const factor = Number(zoom.value);
  byId("zoom-shown").value = factor > 1 ? `${factor.toFixed(1)} ×` : "whole";
  zoom.setAttribute("aria-valuetext", factor > 1 ? `${factor.toFixed(1)} times` : "whole picture");
  const count = Number(networks.value);
  const said = count ? String(count) : "as many as needed";
  byId("networks-shown").value = said;
  networks.setAttribute("aria-valuetext", said);
}

export function onChange(listener) {
  form.addEventListener("input", (event) => {
    sayValues();
    listener(event.target.name);
  });
}

export function onSubmit(listener) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    listener();
  });
}

export const allowSubmit = (allowed) => {
  byId("again").disabled = !allowed;
};

/** A browser may fill the form in again on reload. */
sayValues();
