// The sketch, drawn anew while the options change.

import { post } from "./api.js";
import { byId, fit, picture, show } from "./dom.js";
import { chosen } from "./options.js";
import { seenSquare } from "./overlay.js";
import { percent, sentence } from "./words.js";

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
  const options = chosen();
  const look = `${options.view} ${options.window} ${options.dimension} ${id}`;
  try {
    const wish = { options, picture: shownPicture !== look };
    draw(id, name, look, await post(`/api/pictures/${id}/sketch`, wish));
  } catch (error) {
    if (current?.id === id) {
      byId("preview").hidden = true;
      say(error.message);
    }
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

function draw(id, name, look, seen) {
  if (current?.id !== id) return;
  if (!seen.sketch) {
    byId("preview").hidden = true;
    say(seen.note);
    return;
  }
  byId("preview").hidden = false;
  if (seen.picture) {
    fit(whole, seen);
    whole.replaceChildren(picture(seen.picture, `The picture ${name}`));
    shownPicture = look;
  }
  whole.querySelector("svg")?.remove();
  if (seen.square) whole.append(seenSquare(seen));
  byId("preview-name").textContent = name;
  byId("preview-said").textContent = seen.said ?? "Its sketch";
  const image = sketched.querySelector("img");
  if (image) show(image, seen.sketch);
  else sketched.replaceChildren(picture(seen.sketch, "Its sketch", "pixels"));
  if (seen.blank) say("This has one level only: nothing can be learned from it. Try another picture or frame.");
  else if (seen.retained_variance < 0.3) {
    say(`${percent(seen.retained_variance)} of the variation is kept; the rest is too fine. Zoom in.`);
  } else say(seen.note ?? "");
}

function say(text) {
  note.hidden = !text;
  note.textContent = sentence(text);
}
