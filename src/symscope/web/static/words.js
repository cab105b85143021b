// How numbers and classes are written.

const names = new Map();
for (const entry of document.querySelectorAll("#classes [data-symbol]")) {
  names.set(entry.dataset.symbol, entry.dataset.name);
}

export const className = (symbol) => names.get(symbol) ?? symbol;

export const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));

/** A standard deviation; one that would round to nothing is below the last digit. */
export const spread = (sd) => (sd > 0 && sd < 0.005 ? "< 0.01" : number(sd));

/** Of a single network, or where none was asked, the deviation is 0: nothing was compared. */
export const plusMinus = (sd) => (sd ? ` ± ${spread(sd)}` : "");

export const withSpread = (value, sd) => (typeof value === "number" ? `${number(value)}${plusMinus(sd)}` : "–");

/** A share in per cent, rounded down: 99.97 % is not everything. */
export const percent = (share) => `${Math.floor(100 * share + 1e-6)} %`;

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export const OUTCOMES = {
  ok: "scored",
  constant: "one colour only",
  too_small: "too small",
  not_learned: "not learned",
  unreadable: "unreadable",
  too_large: "too large",
  missing: "missing",
  not_finite: "not finite",
  no_colour: "no colours",
};

export const STATES = {
  waiting: "waiting",
  running: "learning …",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

/** How a job's options differ from the usual ones, after " · ", or nothing. */
export function unusual(job) {
  const options = (job?.changed ?? []).join(" ").split(/(?:^| )--/).filter(Boolean);
  return options.length ? ` · ${options.join(", ")}` : "";
}

/** What a list says of a job in a word or two. */
export function inShort(job) {
  if (job.state !== "done") return STATES[job.state];
  if (job.outcome !== "ok") return OUTCOMES[job.outcome] ?? job.outcome;
  return job.music ?? className(job.label);
}

/** The number that stands for a score: of a sound, how well its own structure holds. */
export const worth = (job) => (job.music ? job.agreement : job.symmetry) ?? null;

/** The same with its name, for a sentence. */
export const worthWords = (job) =>
  job.music ? `agreement ${number(job.agreement)}` : `symmetry ${withSpread(job.symmetry, job.symmetry_sd)}`;

export const isReliable = (job) => job.state === "done" && job.outcome === "ok";

/** A message begins with a small letter, because a command's name goes before it elsewhere. */
export function sentence(message) {
  if (!message) return "";
  // Messages name options as a command has them.
  const plain = message.replaceAll(/--(\w+)/g, "$1");
  return `${plain[0].toUpperCase()}${plain.slice(1).replace(/\.$/, "")}.`;
}
