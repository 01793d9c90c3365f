// Files may be dropped anywhere on the page, folders included.

import { add_files } from "../draft.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { go, route } from "../router.js";
import { screen_at } from "../screens.js";

const t = messages("shell");
const has_files = (event) => event.dataTransfer?.types.includes("Files");

function read_batch(reader) {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  // readEntries hands out a folder in portions and says that it is done with an empty one.
  for (let batch = await read_batch(reader); batch.length; batch = await read_batch(reader)) {
    for (const child of batch) found.push(...(await walk(child)));
  }
  return found;
}

/** Return every file in a drop; hidden files of folders are left out. */
export async function dropped_files(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = await Promise.all(entries.map(walk));
  return found.flat().filter((file) => !file.name.startsWith("."));
}

/** Listens on the whole window and shows where a drop would go; `is_dragged` when a drag has begun before. */
export function DropAnywhere({ is_dragged = false }) {
  const [is_over, set_over] = useState(is_dragged);
  useEffect(() => {
    const enter = (event) => has_files(event) && set_over(true);
    const leave = (event) => !event.relatedTarget && set_over(false); // not for another element of the page
    const over = (event) => has_files(event) && event.preventDefault();
    const drop = async (event) => {
      if (!has_files(event)) return;
      event.preventDefault();
      set_over(false);
      if (!screen_at(route.value.path, route.value.id).takes_files) go("#/");
      add_files(await dropped_files(event.dataTransfer));
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop };
    for (const [name, act] of Object.entries(listeners)) addEventListener(name, act);
    return () => {
      for (const [name, act] of Object.entries(listeners)) removeEventListener(name, act);
    };
  }, []);
  return is_over && html`<div class="drop-anywhere" aria-hidden="true"><p>${t("drop_anywhere")}</p></div>`;
}
