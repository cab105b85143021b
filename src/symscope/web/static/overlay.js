// Elements drawn over a picture, in the picture's pixels.

import { shape } from "./dom.js";

function frame({ rows, columns }, ...children) {
  return shape("svg", { viewBox: `0 0 ${columns} ${rows}`, class: "overlay", "aria-hidden": "true" }, ...children);
}

/** The dashed square in the middle of a picture that the networks see. */
export function seenSquare(seen) {
  const { x, y, side } = seen.square;
  const square = { x, y, width: side, height: side };
  return frame(
    seen,
    shape("rect", { ...square, class: "halo" }),
    shape("rect", { ...square, class: "square" }),
  );
}

export function elementsDrawing(result) {
  const longer = Math.max(result.rows, result.columns);
  const marks = result.elements.map(({ shape: what }, index) =>
    shape("g", { class: "mark", data: { index } }, ...drawn(what, longer)),
  );
  return frame(result, ...marks);
}

function drawn(what, longer) {
  if (what.draw === "axis") return line(path(what.line), what.dotted ? "dotted" : "");
  if (what.draw === "arrow") {
    const [start, end] = what.line;
    const heads = [head(start, end, longer), ...(what.both ? [head(end, start, longer)] : [])];
    return [...line(path(what.line)), ...heads.flatMap((one) => line(one))];
  }
  const [x, y] = what.at;
  if (what.draw === "ring") {
    const circle = { cx: x, cy: y, r: what.radius };
    return [
      shape("circle", { ...circle, class: "halo" }),
      shape("circle", { ...circle, class: "line" }),
      ...line(`M${x - 0.02 * longer} ${y}h${0.04 * longer}M${x} ${y - 0.02 * longer}v${0.04 * longer}`),
    ];
  }
  const dot = { cx: x, cy: y, r: 0.012 * longer };
  const label = { x: x + 0.02 * longer, y: y - 0.015 * longer, "font-size": 0.055 * longer, "stroke-width": 0.012 * longer };
  return [
    shape("circle", { ...dot, class: "dot" }),
    shape("text", { ...label, class: "order" }, String(what.order)),
  ];
}

const path = (points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

const line = (d, kind = "") => [
  shape("path", { d, class: `halo ${kind}` }),
  shape("path", { d, class: `line ${kind}` }),
];

/** The two strokes of an arrow's head at ``end``. */
function head(start, end, longer) {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(dx, dy) || 1;
  const size = Math.min(0.035 * longer, 0.5 * length);
  const [ux, uy] = [(dx / length) * size, (dy / length) * size];
  const left = [end[0] - ux - 0.6 * uy, end[1] - uy + 0.6 * ux];
  const right = [end[0] - ux + 0.6 * uy, end[1] - uy - 0.6 * ux];
  return path([left, end, right]);
}

/** Make one element stand out, or (null) none. */
export function highlight(drawing, index) {
  for (const mark of drawing.querySelectorAll(".mark")) {
    const chosen = Number(mark.dataset.index) === index;
    mark.classList.toggle("chosen", chosen);
    mark.classList.toggle("faded", index !== null && !chosen);
  }
}
