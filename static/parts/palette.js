// One field that finds everything: screens, jobs, and what can be done (Ctrl+K).

import * as api from "../api.js";
import { take_typed } from "../dialogs.js";
import { find } from "../fuzzy.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { announce } from "./announcer.js";
import { Icon } from "./icons.js";
import { Modal, close_modal } from "./modal.js";
import { entries, job_entry } from "./palette_entries.js";

const WAIT_MS = 150;
const FEWEST_LETTERS = 2; // before the server is asked
const SHOWN = 40;
const t = messages("habits");

async function ask_server(letters, signal) {
  const { jobs } = await api.get_json(`jobs?${new URLSearchParams({ q: letters, limit: 10 })}`, { signal });
  return jobs.map(job_entry);
}

function use_older_jobs(letters) {
  const [found, set_found] = useState([]);
  useEffect(() => {
    set_found([]);
    if (letters.trim().length < FEWEST_LETTERS) return undefined;
    const abort = new AbortController();
    // Without an answer the palette finds what this tab knows.
    const timer = setTimeout(() => ask_server(letters.trim(), abort.signal).then(set_found, () => {}), WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [letters]);
  return found;
}

function found_entries(letters, older) {
  const known = entries(letters.trim() !== "");
  const ids = new Set(known.map(({ id }) => id));
  const all = [...known, ...older.filter(({ id }) => !ids.has(id))];
  return find(all, letters, ({ text }) => text).slice(0, SHOWN);
}

function grouped(found) {
  const groups = new Map();
  for (const entry of found) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups];
}

function Option({ entry, is_chosen, run }) {
  return html`<li id=${`entry-${entry.id}`} role="option" aria-selected=${is_chosen} onClick=${run}>
    <span class="entry-text">${entry.text}</span>
    ${entry.note && html`<small>${entry.note}</small>`}
    ${entry.keys && html`<span class="keys" aria-hidden="true">${entry.keys.map((key) => html`<kbd>${key}</kbd>`)}</span>`}
  </li>`;
}

/** The palette. */
export function Palette() {
  const [letters, set_letters] = useState(take_typed);
  const [chosen_id, set_chosen] = useState(null);
  const older = use_older_jobs(letters);
  const groups = grouped(found_entries(letters, older));
  const shown = groups.flatMap(([, all]) => all); // in the order in which they are seen
  const at = Math.max(0, shown.findIndex(({ id }) => id === chosen_id));
  const chosen = shown[at];
  const run = (entry) => {
    close_modal();
    entry.run();
  };
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 };
  const key = (event) => {
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      run(chosen);
    }
    if (!(event.key in steps) || !shown.length) return;
    event.preventDefault();
    const to = event.key.startsWith("Arrow") ? (steps[event.key] + shown.length) % shown.length : Math.max(0, Math.min(shown.length - 1, steps[event.key]));
    set_chosen(shown[to].id);
  };
  useEffect(() => set_letters((known) => known + take_typed()), []); // until it was open
  useEffect(() => {
    document.getElementById(`entry-${chosen?.id}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen?.id]);
  useEffect(() => {
    if (letters) announce(t("found", { n: shown.length }));
  }, [letters, shown.length]);
  return html`<${Modal} label="palette-label" look="palette">
    <label id="palette-label" class="visually-hidden" for="palette-field">${t("palette_title")}</label>
    <div class="palette-field"><${Icon} name="search" />
      <input id="palette-field" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
        aria-activedescendant=${chosen ? `entry-${chosen.id}` : null} autocomplete="off" spellcheck="false" data-first
        placeholder=${t("palette_hint")} value=${letters} onKeyDown=${key}
        onInput=${({ target }) => {
          set_letters(target.value);
          set_chosen(null);
        }} /></div>
    <div id="palette-list" class="palette-list" role="listbox" aria-label=${t("palette_title")}>
      ${groups.map(([group, all]) => html`<ul key=${group} role="group" aria-labelledby=${group}>
        <li id=${group} class="eyebrow" role="presentation">${t(group)}</li>
        ${all.map((entry) => html`<${Option} key=${entry.id} entry=${entry} is_chosen=${entry === chosen} run=${() => run(entry)} />`)}
      </ul>`)}
    </div>
    ${!shown.length && html`<p class="muted palette-empty">${t("found_nothing", { letters })}</p>`}
  <//>`;
}
