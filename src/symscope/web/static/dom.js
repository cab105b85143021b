// Elements from plain values; text is always text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "at") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const el = (tag, attributes, ...children) =>
  filled(document.createElement(tag), attributes, children);

export const shape = (tag, attributes, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** A class's symbol, its index set as one. */
export function symbolOf(symbol) {
  const [letter, index] = symbol.split("_");
  return el("span", { class: "symbol" }, letter, index ? el("sub", {}, index) : null);
}

export function picture(src, alt, kind = "") {
  return el("img", { src, alt, class: kind || null, decoding: "async" });
}

/** A square in whose middle a picture stands whole, with what is drawn over it. */
export const panel = (frame) => el("div", { class: "panel" }, frame);

/** Give a panel the shape of its picture, which then fills it. */
export function fit(frame, { rows, columns }) {
  frame.parentElement.style.setProperty("--shape", columns / rows);
}

/** Show one of the page's images again only if it changed, so that nothing flickers. */
export function show(image, src) {
  if (image.getAttribute("src") !== src) image.setAttribute("src", src);
}
