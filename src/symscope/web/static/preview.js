// The sketch, drawn anew while the options change.

import { post } from "./api.js";
import { byId, picture, show } from "./dom.js";
import { chosen } from "./options.js";
import { seenSquare } from "./overlay.js";
import { percent } from "./words.js";

const whole = byId("preview-picture");
const sketched = byId("preview-sketch");
const note = byId("preview-note");

let current = null;
let shownPicture = null;
let asking = false;
let again = false;

export function preview(pictureRecord) {
  current = pictureRecord;
  refresh();
}

/** Ask for the sketch; while one is under way only the latest wish is kept. */
export async function refresh() {
  if (!current) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const { id, name } = current;
  const { sketch, frame, zoom, view } = chosen();
  try {
    const wish = { sketch, frame, zoom, view, picture: shownPicture !== `${view} ${id}` };
    draw(id, name, view, await post(`/api/pictures/${id}/sketch`, wish));
  } catch (error) {
    if (current?.id === id) say(error.message);
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

function draw(id, name, view, seen) {
  if (current?.id !== id) return;
  byId("preview").hidden = false;
  if (seen.picture) {
    whole.replaceChildren(picture(seen.picture, `The picture ${name}`));
    shownPicture = `${view} ${id}`;
  }
  whole.querySelector("svg")?.remove();
  if (seen.square) whole.append(seenSquare(seen));
  byId("preview-name").textContent = name;
  const image = sketched.querySelector("img");
  if (image) show(image, seen.sketch);
  else sketched.replaceChildren(picture(seen.sketch, "Its sketch in two colours, 64 × 64 points", "pixels"));
  if (seen.blank) say("This sketch has one colour only: nothing can be learned from it. Try another.");
  else if (seen.resolved < 0.3) {
    say(`The sketch keeps ${percent(seen.resolved)} of the picture's variation; the rest is too fine. Zoom in.`);
  } else say("");
}

function say(text) {
  note.hidden = !text;
  note.textContent = text;
}
