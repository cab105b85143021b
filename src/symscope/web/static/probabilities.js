// How likely each class is: bars with the spread and a dot for each network, and the same as a table.

import { el, symbolOf } from "./dom.js";
import { className, number, spread } from "./words.js";

const across = (value) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(2)}%`;

/**
 * @param {{probabilities: object, probabilities_sd: object, per_network?: number[][], label?: string, reliable?: boolean, name?: string}[]} series
 *   one entry, or several to be compared on one scale
 */
export function probabilities(series) {
  const symbols = [...new Set(series.flatMap((one) => Object.keys(one.probabilities)))];
  const said = symbols
    .map((symbol) => `${className(symbol)} ${series.map((one) => number(one.probabilities[symbol])).join(" and ")}`)
    .join(", ");
  const rows = symbols.map((symbol) => {
    const leads = series.some((one) => one.label === symbol && one.reliable !== false);
    return el(
      "div",
      { class: leads ? "row leading" : "row" },
      el("span", { class: "name" }, className(symbol), " ", symbolOf(symbol)),
      el("span", { class: "tracks" }, ...series.map((one, which) => track(one, symbol, which))),
      el("span", { class: "values" }, ...series.map((one) => el("span", {}, number(one.probabilities[symbol])))),
    );
  });
  const scale = el(
    "div",
    { class: "row scale" },
    el("span", { class: "name" }),
    el("span", { class: "ticks" }, ...["0", "0.5", "1"].map((text) => el("span", {}, text))),
    el("span", { class: "values" }),
  );
  return el("div", { class: "probabilities", role: "img", "aria-label": `How likely each kind is: ${said}` }, ...rows, scale);
}

function track(one, symbol, which) {
  const value = one.probabilities[symbol];
  if (value === undefined) return el("span", { class: "track none" });
  const sd = one.probabilities_sd?.[symbol] ?? 0;
  const low = Math.max(0, value - sd);
  const high = Math.min(1, value + sd);
  const place = Object.keys(one.probabilities).indexOf(symbol);
  const leading = one.label === symbol && one.reliable !== false;
  return el(
    "span",
    { class: `track of-${which}${leading ? " leading" : ""}${one.reliable === false ? " doubtful" : ""}` },
    el("span", { class: "bar", at: { width: across(value) } }),
    ...(one.per_network ?? []).map((each, index) =>
      el("span", { class: "dot", at: { left: across(each[place]), top: `${20 + 15 * ((2 * index) % 5)}%` } }),
    ),
    el("span", { class: "error", at: { left: across(low), width: across(high - low) } }),
  );
}

export function probabilitiesTable(series) {
  const symbols = [...new Set(series.flatMap((one) => Object.keys(one.probabilities)))];
  const heads = series.flatMap((one) => [
    el("th", { scope: "col" }, one.name ? `${one.name}: mean` : "mean"),
    el("th", { scope: "col" }, one.name ? `${one.name}: standard deviation` : "standard deviation"),
  ]);
  return el(
    "details",
    { class: "as-table" },
    el("summary", {}, "The same as a table"),
    el(
      "div",
      { class: "scrolls", tabindex: "0", role: "region", "aria-label": "Probabilities as a table" },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "kind"), ...heads)),
        el(
          "tbody",
          {},
          ...symbols.map((symbol) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, `${className(symbol)} (${symbol})`),
              ...series.flatMap((one) => [
                el("td", {}, number(one.probabilities[symbol])),
                el("td", {}, spread(one.probabilities_sd?.[symbol])),
              ]),
            ),
          ),
        ),
      ),
    ),
  );
}
