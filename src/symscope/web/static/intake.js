// How pictures come in: dropped, pasted, chosen, a folder, a sample, a template.

import { get, post, upload } from "./api.js";
import { byId, el, picture } from "./dom.js";

const AT_A_TIME = 3;
/** How names end that the dialog for files offers; a folder's other files are left alone. */
const endings = byId("files").accept.split(",").filter((one) => one.startsWith(".") && one !== ".gz");
const looksLike = (name) => !name.startsWith(".") && endings.some((ending) => name.toLowerCase().endsWith(ending));

let onPictures = () => {};
let onSay = () => {};

/** @param {(pictures: {id, name}[], name: string) => void} pictures @param {(text: string) => void} say */
export function listen(pictures, say) {
  onPictures = pictures;
  onSay = say;
  drop();
  paste();
  choosing("choose-files", "files");
  choosing("choose-folder", "folder");
  samples();
  templates();
}

async function take(files, name) {
  const list = [...files];
  if (!list.length) return onSay("There is nothing in it that can be scored.");
  const taken = new Array(list.length);
  const refused = [];
  let next = 0;
  let done = 0;
  async function one() {
    while (next < list.length) {
      const place = next++;
      try {
        taken[place] = await upload(list[place]);
      } catch (error) {
        refused.push(`${list[place].name}: ${error.message}`);
      }
      done += 1;
      if (list.length > 1) onSay(`Taking in files: ${done} of ${list.length}`);
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, list.length) }, one));
  const good = taken.filter(Boolean);
  if (good.length) await onPictures(good, name ?? `${good[0].name} and ${good.length - 1} more`);
  if (refused.length) onSay(refused.length > 2 ? `${refused.length} files were refused. ${refused[0]}` : refused.join(" "));
}

function choosing(button, input) {
  const field = byId(input);
  byId(button).addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    const files = [...field.files];
    const folder = files[0]?.webkitRelativePath?.split("/")[0];
    take(folder ? files.filter((file) => looksLike(file.name)) : files, folder || undefined);
    field.value = "";
  });
}

function paste() {
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}

function drop() {
  const zone = byId("drop");
  let depth = 0;
  const hot = (now) => zone.classList.toggle("hot", now);
  document.addEventListener("dragenter", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    depth += 1;
    hot(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) hot(false);
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    hot(false);
    const { files, folder } = await dropped(event.dataTransfer);
    take(files, folder);
  });
}

/** Gather dropped files, those of dropped folders too. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files] };
  const files = [];
  for (const entry of entries) files.push(...(await within(entry, entry.isFile)));
  const folder = entries.length === 1 ? entries[0].name : undefined;
  return { files, folder };
}

async function within(entry, named) {
  if (entry.isFile) {
    if (!named && !looksLike(entry.name)) return [];
    return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // A folder is told in batches, until an empty one.
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) break;
    for (const inner of batch) found.push(...(await within(inner, false)));
  }
  return found;
}

async function given(ask) {
  for (const id of ["samples", "templates"]) byId(id).open = false;
  try {
    const taken = await ask();
    await onPictures([taken], taken.name);
  } catch (error) {
    onSay(error.message);
  }
}

function samples() {
  const list = byId("sample-list");
  let asked = false;
  byId("samples").addEventListener("toggle", async () => {
    if (asked) return;
    asked = true;
    try {
      const found = await get("/api/samples");
      list.replaceChildren(
        ...found.samples.map(({ name, thumbnail }) =>
          el("button", { type: "button", data: { sample: name }, onclick: () => given(() => post("/api/samples", { name })) }, picture(thumbnail, ""), el("span", {}, name.replaceAll("_", " "))),
        ),
      );
    } catch (error) {
      asked = false;
      list.replaceChildren(el("p", { class: "note" }, error.message));
    }
  });
}

function templates() {
  let seed = 0;
  for (const button of document.querySelectorAll("[data-template]")) {
    button.addEventListener("click", () => given(() => post("/api/templates", { symmetry: button.dataset.template, seed: seed++ })));
  }
}
