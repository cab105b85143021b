// Axes, centres and periods: drawn over the picture, listed beside it, each row with its mark.

import { el } from "./dom.js";
import { elementsDrawing, highlight } from "./overlay.js";

export function elementsPart(result, frame) {
  if (!result.elements) return null;
  frame.querySelector("svg.overlay:has(.mark)")?.remove();
  if (!result.elements.length) {
    return el("section", { class: "part" }, el("h3", {}, "Where it is"), el("p", {}, "No axis, centre or period was found on the pixels."));
  }
  const drawing = elementsDrawing(result);
  frame.append(drawing);
  const shown = el("input", { type: "checkbox", checked: true, onchange: () => drawing.classList.toggle("off", !shown.checked) });
  const note = el("p", { class: "note" }, "Agreement: 1 is identical, 0 unrelated; of the picture's pixels, and of the networks' inner layer. Point at a row, or move to it with Tab, to see which one it is.");
  return el(
    "section",
    { class: "part elements" },
    el("h3", {}, "Where it is"),
    el("label", { class: "check" }, shown, " Draw over the picture"),
    el("div", { class: "scrolls" }, listed(result.elements, drawing)),
    result.more > 0 ? el("p", { class: "note" }, `${result.more} more were found; they are in the downloads.`) : null,
    note,
  );
}

const COLUMNS = { kind: "what", where: "where", angle: "angle", order: "order", pixels: "pixels", hidden: "networks" };

function listed(elements, drawing) {
  const used = Object.keys(COLUMNS).filter((key) => elements.some((one) => one[key]));
  const rows = elements.map((one, index) =>
    el(
      "tr",
      {
        tabindex: "0",
        onmouseenter: () => highlight(drawing, index),
        onmouseleave: () => highlight(drawing, null),
        onfocus: () => highlight(drawing, index),
        onblur: () => highlight(drawing, null),
      },
      ...used.map((key) => (key === "kind" ? el("th", { scope: "row" }, one[key]) : el("td", { data: { column: COLUMNS[key] } }, one[key]))),
    ),
  );
  return el(
    "table",
    { class: "listing" },
    el("thead", {}, el("tr", {}, ...used.map((key) => el("th", { scope: "col" }, COLUMNS[key])))),
    el("tbody", {}, ...rows),
  );
}
