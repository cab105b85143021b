// The form: what is chosen, and what a job was scored with.

import { byId } from "./dom.js";

const form = byId("options");
const zoom = byId("zoom");
const networks = byId("networks");

/** Fields of the form that are options of a score; nothing given is null. */
const fields = () => [...form.querySelectorAll("[data-option]")];
const named = (name) => fields().filter((field) => field.name === name);

function value(field) {
  if (field.type === "checkbox") return field.checked;
  if (["task", "select"].includes(field.name) && field.value.trim() === "") return null;
  if (field.dataset.option !== "number") return field.value;
  if (field.value === "") return field.type === "radio" ? null : Number(field.defaultValue);
  const bounded = Math.min(Number(field.max) || Infinity, Math.max(Number(field.min) || 0, Number(field.value)));
  return field.step === "1" ? Math.trunc(bounded) : bounded;
}

export function chosen() {
  const given = fields().filter((field) => field.type !== "radio" || field.checked);
  const options = Object.fromEntries(given.map((field) => [field.name, value(field)]));
  return { ...options, networks: options.networks || null };
}

export const startsAtOnce = () => form.querySelector('[name="at_once"]').checked;

/** @param {object} options what a job was scored with */
export function choose(options) {
  for (const [name, chosen] of Object.entries(options)) {
    for (const field of named(name)) {
      if (field.type === "checkbox") field.checked = chosen;
      else if (field.type === "radio") field.checked = field.value === String(chosen ?? "");
      else fill(field, chosen ?? (field.dataset.option === "word" ? "" : 0));
    }
  }
  sayValues();
}

/** A job may come with a task that is not on the list, such as greys:8. */
function fill(field, chosen) {
  const listed = [...(field.options ?? [])].some((option) => option.value === chosen);
  if (field.options && !listed) field.add(new Option(chosen, chosen));
  field.value = chosen;
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
