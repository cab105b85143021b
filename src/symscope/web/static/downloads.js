// What can be taken away: files, and the command that makes the same again.

import { el } from "./dom.js";

const FILES = {
  png: "Figure, PNG",
  svg: "Figure, SVG",
  pdf: "Figure, PDF",
  html: "Report, HTML",
  json: "Row, JSON",
  csv: "Row, CSV",
};

export function downloads(job, result) {
  const links = Object.entries(FILES).map(([kind, text]) =>
    el("li", {}, el("a", { href: `/api/jobs/${job.id}/file/${kind}`, download: "" }, text)),
  );
  return el(
    "section",
    { class: "part" },
    el("h3", {}, "To take away"),
    el("ul", { class: "files" }, ...links),
    el("p", { class: "note" }, "Figures and the report are drawn when you ask for them, in a second or two."),
    command(result.command),
  );
}

export function command(text) {
  const button = el("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return el("div", { class: "command" }, el("p", { class: "note" }, "The same as a command:"), el("div", { class: "line" }, el("code", { tabindex: "0", role: "region", "aria-label": "The same as a command" }, text), button));
}
