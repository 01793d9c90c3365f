// The units of a job: which are done, and which failed and why.

import * as actions from "../actions.js";
import { html, useState } from "../html.js";
import { label, number } from "../format.js";
import { item_note_for } from "../kinds/registry.js";
import { messages } from "../messages.js";
import { Status } from "./progress.js";

const t = messages("parts");
const SHOWN = 50;
const BADGE = { completed: "completed", failed: "failed", needs_review: "partial", started: "running" };

function note(job, item) {
  const { status, message, code, output } = item;
  if (status === "failed" || status === "needs_review") return message ?? code;
  const own = item_note_for(job.kind);
  if (own) return own(item);
  if (output === null || output === undefined) return "";
  if (typeof output !== "object") return String(output);
  const shown = Object.entries(output).filter(([, value]) => ["string", "number"].includes(typeof value));
  return shown.slice(0, 3).map(([name, value]) => `${label(name)}: ${typeof value === "number" ? number(value) : value}`).join(" · ");
}

function Row({ job, item }) {
  const { key, status, code } = item;
  return html`<tr class=${status}>
    <th scope="row">${key}</th>
    <td>${status === "needs_review"
      ? html`<span class="status partial">${t("needs_you")}</span>`
      : html`<${Status} status=${BADGE[status] ?? status} />`}</td>
    <td class="note">${note(job, item)}${code && html` <code>${code}</code>`}
      ${status === "needs_review" && html`<span class="actions">
        <button type="button" class="small" onClick=${() => actions.resolve(job, key, "completed")}>${t("was_done")}</button>
        <button type="button" class="small" onClick=${() => actions.resolve(job, key, "failed")}>${t("was_not")}</button>
      </span>`}</td>
  </tr>`;
}

const TROUBLE_FIRST = { failed: 0, needs_review: 0, started: 1 };
const urgency = ({ status }) => TROUBLE_FIRST[status] ?? 2;

/** The table; trouble comes first. Nothing for a job without items. */
export function Items({ job, items }) {
  const [filter, set_filter] = useState("all");
  const [is_open, set_open] = useState(false);
  const all = Object.values(items ?? {}).sort((a, b) => urgency(a) - urgency(b));
  if (!all.length) return null;
  const failed = all.filter((item) => urgency(item) === 0);
  const wanted = filter === "failed" ? failed : all;
  const shown = is_open ? wanted : wanted.slice(0, SHOWN);
  const tab = (name, text) => html`<button type="button" class="small ${filter === name ? "" : "quiet"}"
    aria-pressed=${filter === name} onClick=${() => set_filter(name)}>${text}</button>`;
  return html`<section class="panel items" aria-labelledby="items-title">
    <header><h2 id="items-title">${t("items")}</h2>
      ${failed.length > 0 && html`<div class="actions">
        ${tab("all", t("items_all", { n: all.length }))}${tab("failed", t("items_failed", { n: failed.length }))}</div>`}
    </header>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="items-title"><table>
      <thead><tr><th scope="col">${label(all[0].unit ?? "item")}</th><th scope="col">${t("status")}</th><th scope="col">${t("note")}</th></tr></thead>
      <tbody>${shown.map((item) => html`<${Row} key=${item.key} job=${job} item=${item} />`)}</tbody>
    </table></div>
    ${wanted.length > shown.length && html`<button type="button" class="quiet wide" onClick=${() => set_open(true)}>
      ${t("show_all", { n: wanted.length })}</button>`}
  </section>`;
}
