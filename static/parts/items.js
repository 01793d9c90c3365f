// The units of a job: which are done, and which failed and why; found by a word, however many there are.

import * as actions from "../actions.js";
import { label, number } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { item_note_for } from "../kinds/registry.js";
import { error_words, messages } from "../messages.js";
import { IconButton } from "./icons.js";
import { Status, unit_word } from "./progress.js";
import { VirtualList } from "./virtual_list.js";

const t = messages("parts");
const IN_TABLE = 100; // more are a list of which only what is seen is drawn
const SEARCHED_FROM = 8;
const STATUSES = ["failed", "needs_review", "started", "completed"];

/** What came of an item, in a few words. */
export function note(job, item) {
  const { status, message, code, output } = item;
  if (status === "failed" || status === "needs_review") return error_words({ code, message }).message || code;
  const own = item_note_for(job.kind);
  if (own) return own(item);
  if (output === null || output === undefined) return "";
  if (typeof output !== "object") return String(output);
  const shown = Object.entries(output).filter(([, value]) => ["string", "number"].includes(typeof value));
  return shown.slice(0, 3).map(([name, value]) => `${label(name)}: ${typeof value === "number" ? number(value) : value}`).join(" · ");
}

/** Those of a status with a word in their key, message or code; trouble comes first. Pure. */
export function chosen_items(items, { status, word }) {
  const order = (item) => Math.min(STATUSES.indexOf(item.status), 1) + (item.status === "completed" ? 1 : 0);
  const has = ({ key, message, code }) => [key, message, code].some((text) => text?.toLowerCase().includes(word));
  const found = items.filter((item) => (status === "all" || item.status === status) && (!word || has(item)));
  return found.sort((a, b) => order(a) - order(b) || (a.number ?? 0) - (b.number ?? 0));
}

function Decide({ job, item }) {
  return html`<span class="actions">
    <button type="button" class="small" onClick=${() => actions.resolve(job, item.key, "completed")}>${t("was_done")}</button>
    <button type="button" class="small" onClick=${() => actions.resolve(job, item.key, "failed")}>${t("was_not")}</button>
  </span>`;
}

// A kind whose items may have the same name puts the number before it.
const name_of = ({ key, number }) => (key.startsWith(`${number}:`) ? key.slice(`${number}:`.length) : key);

function TableRow({ job, item }) {
  const { status, code } = item;
  return html`<tr class=${status} role="row">
    <th scope="row" role="rowheader">${name_of(item)}</th>
    <td role="cell"><${Status} status=${status === "started" ? "running" : status} /></td>
    <td class="note" role="cell">${note(job, item)}${code && html` <code>${code}</code>`}${status === "needs_review" && html`<${Decide} job=${job} item=${item} />`}</td>
  </tr>`;
}

// On a small screen each row is a block of its own: the roles say that it is a table still.
function Table({ job, items }) {
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="items-title"><table role="table">
    <thead role="rowgroup"><tr role="row">${[unit_word(items[0]?.unit ?? "item"), t("status"), t("note")].map(
      (name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
    <tbody role="rowgroup">${items.map((item) => html`<${TableRow} key=${item.key} job=${job} item=${item} />`)}</tbody>
  </table></div>`;
}

function Whole({ job, item, close }) {
  return html`<div class="item-whole ${item.status}" role="group" aria-label=${name_of(item)}>
    <p><strong>${name_of(item)}</strong> <${Status} status=${item.status === "started" ? "running" : item.status} /></p>
    <p class="note">${note(job, item)}${item.code && html` <code>${item.code}</code>`}</p>
    ${item.status === "needs_review" && html`<${Decide} job=${job} item=${item} />`}
    <${IconButton} icon="close" name=${t("close_item")} onClick=${close} />
  </div>`;
}

// Rows of one height cut a long note off: a click shows it whole.
function LongList({ job, items }) {
  const [opened, set_opened] = useState(null);
  const item = opened && items.find(({ key }) => key === opened);
  const row = (index, place) => {
    const { key, status } = items[index];
    return html`<li key=${key} class="row item-row ${status}" ...${place}>
      <${Status} status=${status === "started" ? "running" : status} />
      <button type="button" class="item-name" aria-expanded=${key === opened} onClick=${() => set_opened(key === opened ? null : key)}>${name_of(items[index])}</button>
      <span class="note">${note(job, items[index])}</span>
    </li>`;
  };
  return html`${item && html`<${Whole} job=${job} item=${item} close=${() => set_opened(null)} />`}
    <${VirtualList} count=${items.length} row=${row} label=${t("items")} name="item-rows" is_boxed />`;
}

function Filter({ items, filter, set_filter }) {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, items.filter((item) => item.status === status).length]));
  const there = STATUSES.filter((status) => counts[status]);
  const tab = (status, text) => html`<button type="button" class="segment" aria-pressed=${filter.status === status}
    onClick=${() => set_filter({ ...filter, status })}>${text}</button>`;
  return html`<div class="item-filter">
    ${items.length >= SEARCHED_FROM && html`<input type="search" aria-label=${t("item_search")} placeholder=${t("item_search")} autocomplete="off"
      spellcheck="false" value=${filter.word} onInput=${({ target }) => set_filter({ ...filter, word: target.value })} />`}
    ${there.length > 1 && html`<div class="segments" role="group" aria-label=${t("status")}>
      ${tab("all", t("items_all", { n: items.length }))}${there.map((status) => tab(status, t(`items_${status}`, { n: counts[status] })))}</div>`}
  </div>`;
}

/** The items of a job. Nothing for a job without any. */
export function Items({ job, items: by_key }) {
  const [filter, set_filter] = useState({ status: "all", word: "" });
  const items = useMemo(() => Object.values(by_key ?? {}), [by_key]);
  const word = filter.word.trim().toLowerCase();
  const shown = useMemo(() => chosen_items(items, { status: filter.status, word }), [items, filter.status, word]);
  if (!items.length) return null;
  return html`<section class="panel items" aria-labelledby="items-title">
    <header><h2 id="items-title">${t("items")} <span class="count">${number(items.length)}</span></h2>
      <${Filter} items=${items} filter=${filter} set_filter=${set_filter} /></header>
    ${!shown.length && html`<p class="muted" role="status">${t("items_no_match")}</p>`}
    ${shown.length > 0 && (shown.length > IN_TABLE ? html`<${LongList} job=${job} items=${shown} />` : html`<${Table} job=${job} items=${shown} />`)}
  </section>`;
}
