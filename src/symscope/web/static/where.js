// Of a signal or a volume: what was found, and where, drawn and in words.

import { el, picture, shape } from "./dom.js";

const SIGNAL = { wide: 1000, high: 240, rim: 0.06 };

export function wherePart(result) {
  const { where } = result;
  if (!where) return null;
  return el(
    "section",
    { class: "part where" },
    el("h3", {}, "Where it is"),
    where.curve ? signal(where.curve) : null,
    where.panels ? el("div", { class: "inside panels" }, ...where.panels.map(panel)) : null,
    where.nothing ? el("p", {}, where.nothing) : null,
    el("ul", { class: "found" }, ...where.items.map(({ colour, text }) => el("li", {}, el("span", { class: "swatch", at: { background: colour }, "aria-hidden": "true" }), el("span", {}, text)))),
    where.more > 0 ? el("p", { class: "note" }, `${where.more} more were found; they are in the downloads.`) : null,
    where.items.length ? el("p", { class: "note" }, "Agreement: 1 is the same after the move, 0 unrelated.") : null,
    where.generators ? el("p", { class: "note" }, where.generators) : null,
  );
}

function panel({ image, caption }) {
  return el("figure", {}, el("div", { class: "frame" }, picture(image, caption)), el("figcaption", {}, caption));
}

/** Three rows over one axis: the signal with its marks, its two levels and an answer to them. */
function signal(curve) {
  const above = drawing(
    ...curve.marks.flatMap(mark),
    line(curve.values, "curve"),
  );
  const below = drawing(steps(curve.levels), line(curve.answers, "curve"));
  const unit = curve.unit === "time" ? "time, in the unit of the first column" : curve.unit;
  return el(
    "div",
    { class: "signal" },
    el("div", { class: "frame" }, above),
    ticks(curve.ticks),
    el("p", { class: "note" }, `The signal, over ${unit}; centres are dashed lines, periods bars.`),
    el("div", { class: "frame low" }, below),
    el("p", { class: "note" }, "Pale: its two levels. Dark: what a network answers at every place."),
  );
}

const drawing = (...children) =>
  shape("svg", { viewBox: `0 0 ${SIGNAL.wide} ${SIGNAL.high}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...children);

const height = (value) => SIGNAL.high * (1 - SIGNAL.rim - (1 - 2 * SIGNAL.rim) * value);

function line(values, kind) {
  if (!values.length) return null;
  const points = values.map((value, index) => `${(((index + 0.5) / values.length) * SIGNAL.wide).toFixed(1)} ${height(value).toFixed(1)}`);
  return shape("path", { d: `M${points.join("L")}`, class: kind });
}

function steps(levels) {
  const across = SIGNAL.wide / levels.length;
  const points = levels.map((level, index) => `V${height(level).toFixed(1)}H${((index + 1) * across).toFixed(1)}`);
  return shape("path", { d: `M0 ${height(levels[0]).toFixed(1)}${points.join("")}`, class: "levels" });
}

function mark({ colour, at, from, to }, index) {
  if (at !== undefined) {
    const x = at * SIGNAL.wide;
    return [shape("path", { d: `M${x} 0V${SIGNAL.high}`, class: "centre", stroke: colour })];
  }
  const y = 8 + 14 * index;
  const [start, end] = [from * SIGNAL.wide, to * SIGNAL.wide];
  return [shape("path", { d: `M${start} ${y - 6}v12m0 -6H${end}m0 -6v12`, class: "period", stroke: colour })];
}

function ticks(places) {
  return el("div", { class: "ticks-along", "aria-hidden": "true" }, ...places.map(([share, text]) => el("span", { at: { left: `${(100 * share).toFixed(2)}%` }, class: share < 0.03 ? "first" : share > 0.97 ? "last" : null }, text)));
}
