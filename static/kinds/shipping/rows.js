// The rows of a job as they are bought: counts and money so far, what came of each, and what waits for a person.

import { number } from "../../format.js";
import { html, useEffect, useState } from "../../html.js";
import { Status } from "../../parts/progress.js";
import { trouble } from "../../parts/toasts.js";
import { dispatch } from "../../store.js";
import * as shipping from "./api.js";
import { Review } from "./review.js";
import { show_label, Viewer } from "./viewer.js";
import { money, service_name, t } from "./words.js";

const SHOWN = 100;
const place = ({ key }) => (/^\d+$/.test(key) ? Number(key) : Number.MAX_SAFE_INTEGER);
const cents = ({ output }) => (Number.isInteger(output?.cost_cents) ? output.cost_cents : 0);
const is_label_there = ({ status, output }) => status === "completed" && Boolean(output?.label_url) && !output.is_label_missing;

function Tracking({ item }) {
  const tracking = item.output?.tracking_number;
  if (!tracking) return html`<span class="why" lang="en">${item.message ?? "–"}</span>`;
  if (!is_label_there(item)) return html`<code>${tracking}</code>${item.output.is_label_missing && html` <small>${t("label_missing")}</small>`}`;
  return html`<button type="button" class="ship-link tracking" aria-label=${t("show_label", { number: tracking })}
    onClick=${() => show_label(tracking)}><code>${tracking}</code></button>`;
}

function Row({ item }) {
  const { key, status, output } = item;
  return html`<tr role="row" class=${status}>
    <th role="rowheader" scope="row" class="order">${output?.order_id ?? t("row_n", { n: Number(key) })}<small>${t("row_n", { n: Number(key) })}</small></th>
    <td role="cell" class="to"><bdi>${output?.recipient_name ?? ""}</bdi>${output?.service && html`<small>${service_name(output.service)}</small>`}</td>
    <td role="cell" class="track"><${Tracking} item=${item} /></td>
    <td role="cell" class="state">${status === "needs_review" ? html`<span class="status partial">${t("to_decide")}</span>` : html`<${Status} status=${status} />`}</td>
    <td role="cell" class="number cost">${status === "completed" ? money(cents(item)) : "–"}</td>
  </tr>`;
}

function Counts({ job, items, is_whole }) {
  const { completed, failed, needs_review, total } = job.items;
  const spent = items.reduce((sum, item) => sum + (item.status === "completed" ? cents(item) : 0), 0);
  const fact = (name, value) => html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  return html`<dl class="ship-facts ship-counts">
    ${fact("count_bought", t("n_of_total", { n: completed, total: Math.max(total, completed + failed + needs_review) }))}
    ${fact("count_money", is_whole ? money(spent) : t("at_least", { money: money(spent) }))}
    ${failed > 0 && fact("count_failed", number(failed))}
    ${needs_review > 0 && fact("count_review", number(needs_review))}
  </dl>`;
}

function Table({ items }) {
  return html`<table role="table" class="ship-rows bought" aria-label=${t("bought_label")}>
    <thead role="rowgroup"><tr role="row">
      <th role="columnheader" scope="col">${t("col_order")}</th><th role="columnheader" scope="col">${t("col_to")}</th>
      <th role="columnheader" scope="col">${t("col_tracking")}</th><th role="columnheader" scope="col">${t("col_state")}</th>
      <th role="columnheader" scope="col" class="number">${t("col_cost")}</th></tr></thead>
    <tbody role="rowgroup">${items.map((item) => html`<${Row} key=${item.key} item=${item} />`)}</tbody>
  </table>`;
}

const FILTERS = {
  all: () => true,
  completed: ({ status }) => status === "completed",
  failed: ({ status }) => status === "failed",
};

function Filter({ show, set_show, counts }) {
  const tab = (name) => html`<button type="button" class="segment" aria-pressed=${show === name} onClick=${() => set_show(name)}>
    ${t(`bought_${name}`, { n: counts[name] })}</button>`;
  return html`<div class="segments" role="group" aria-label=${t("filter_label")}>${Object.keys(FILTERS).map(tab)}</div>`;
}

// A long job's items are fetched by the page: whatever waits for a person is asked for by itself.
function useWaiting(job) {
  const waits = job.items?.needs_review ?? 0;
  useEffect(() => {
    if (!waits) return;
    shipping.waiting_items(job.id).then((items) => dispatch({ type: "items", job_id: job.id, items }), trouble);
  }, [job.id, waits]);
}

/** The rows, the newest first while they are being bought. */
export function ShippingRows({ job, items }) {
  const [show, set_show] = useState("all");
  const [shown, set_shown] = useState(SHOWN);
  useWaiting(job);
  const all = Object.values(items ?? {}).filter(({ status }) => status !== "started").sort((a, b) => place(a) - place(b));
  if (!all.length) return html`<${Viewer} labels=${[]} />`;
  const told = (job.items?.completed ?? 0) + (job.items?.failed ?? 0) + (job.items?.needs_review ?? 0);
  const counts = Object.fromEntries(Object.entries(FILTERS).map(([name, fits]) => [name, all.filter(fits).length]));
  const wanted = all.filter(FILTERS[show]);
  const ordered = job.status === "running" ? wanted.toReversed() : wanted;
  const labels = all.filter(is_label_there).map(({ output }) => output);
  return html`<${Review} job=${job} items=${all.filter(({ status }) => status === "needs_review")} />
    <section class="panel ship-bought" aria-labelledby="bought-title">
      <header><h2 id="bought-title">${t("bought_title")}</h2><${Filter} show=${show} set_show=${set_show} counts=${counts} /></header>
      <${Counts} job=${job} items=${all} is_whole=${all.length >= told} />
      <${Table} items=${ordered.slice(0, shown)} />
      ${ordered.length > shown && html`<button type="button" class="quiet wide" onClick=${() => set_shown(shown + SHOWN * 5)}>
        ${t("show_more", { n: ordered.length - shown })}</button>`}
    </section>
    <${Viewer} labels=${labels} />`;
}
