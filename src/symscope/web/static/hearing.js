// What can be heard: the part of a sound that was scored, or a picture played.

import { el } from "./dom.js";

export function hearing(job, result) {
  const { row, heard, picture } = result;
  const sound = Boolean(row.provenance?.view);
  if (!picture || result.where || (!sound && row.outcome === "constant")) return null;
  const from = (kind) => `/api/jobs/${job.id}/file/${kind}`;
  return el(
    "section",
    { class: "part hearing" },
    el("h3", {}, sound ? "Listen" : "Hear it"),
    el("p", { class: "note" }, heard ? partWords(heard) : sound ? "What was scored." : PLAYED),
    sound ? player(job, from("wav"), false) : asked(job, from("wav")),
    el(
      "ul",
      { class: "files" },
      el("li", {}, el("a", { href: from("wav"), download: "" }, "Sound, WAV")),
      sound ? null : el("li", {}, el("a", { href: from("mid"), download: "" }, "Notes, MIDI")),
    ),
  );
}

const PLAYED =
  "The picture is played, coarsely: columns are time, rows are pitch, and the brighter a place, the louder its note. A left-right mirror is a palindrome, a pattern a loop, stripes along are a drone.";

function partWords({ start, end }) {
  return `What was scored: seconds ${start.toFixed(1)} to ${end.toFixed(1)}.`;
}

function player(job, source, now) {
  const audio = el("audio", { controls: true, preload: now ? "auto" : "none", src: source, "aria-label": `Play ${job.name}` });
  audio.addEventListener("error", () => audio.replaceWith(el("p", { class: "note" }, "It cannot be played here; the file below can be saved.")));
  return audio;
}

/** A picture is played when somebody wants to hear it: that takes a second or two. */
function asked(job, source) {
  const button = el("button", { type: "button" }, "Hear it");
  button.addEventListener("click", () => {
    const audio = player(job, source, true);
    button.replaceWith(audio);
    audio.focus();
    audio.play().catch(() => {});
  });
  return button;
}
