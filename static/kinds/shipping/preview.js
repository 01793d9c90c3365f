// What a held job would buy: what it understood, what it costs, every row, and the bar that says yes to exactly that.

import * as api from "../../api.js";
import { html, signal, useEffect, useState } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { toast, trouble } from "../../parts/toasts.js";
import { dispatch, load_job } from "../../store.js";
import * as shipping from "./api.js";
import { RowsTable } from "./preview_rows.js";
import { set_skipped, skipped_of, take_all, totals } from "./skipped.js";
import { money, service_name, t } from "./words.js";

const PAGE_ROWS = 100;
const STALE = new Set(["stale_preview", "conflict"]);
const agreed = signal({}); // job id -> the hash that was confirmed here

function Facts({ preview, summary }) {
  return html`<dl class="ship-facts">
    <div><dt>${t("fact_rows")}</dt><dd>${t("selects", { n: preview.total_rows, total: preview.source_rows })}</dd></div>
    ${summary?.services.map(({ service, rows, total_cost_cents }) => html`<div key=${service}>
      <dt>${service_name(service)}</dt><dd>${t("service_total", { n: rows, money: money(total_cost_cents) })}</dd></div>`)}
    <div><dt>${t("fact_carrier")}</dt><dd>${t(`carrier_${preview.carrier}`)}</dd></div>
  </dl>`;
}

function Notices({ preview, was_agreed }) {
  const caps = preview.caps_exceeded ?? [];
  return html`${was_agreed && html`<p class="verdict is-refused">${t("changed_since_yes")}</p>`}
    ${preview.notice && html`<p class="verdict asked">${t("preview_empty")}</p>`}
    ${caps.length > 0 && html`<div class="verdict asked"><p class="verdict-title"><${Icon} name="alert" /><strong>${t("caps_title")}</strong></p>
      <ul lang="en">${caps.map((one) => html`<li key=${one}>${one}</li>`)}</ul></div>`}
    ${preview.notes?.length > 0 && html`<p class="muted" lang="en">${preview.notes.join(" ")}</p>`}`;
}

function Filter({ show, set_show, summary, total }) {
  const tab = (name, text) => html`<button type="button" class="segment" aria-pressed=${show === name} onClick=${() => set_show(name)}>${text}</button>`;
  return html`<div class="segments" role="group" aria-label=${t("filter_label")}>
    ${tab("all", t("show_all", { n: total }))}
    ${summary?.warned_rows > 0 && tab("warned", t("show_warned", { n: summary.warned_rows }))}
    ${summary?.problem_rows > 0 && tab("problem", t("show_problem", { n: summary.problem_rows }))}
  </div>`;
}

function Pager({ page, behind, set_behind }) {
  const start = behind.length ? (behind.length - 1) * PAGE_ROWS : 0;
  if (page.matching_rows <= PAGE_ROWS) return null;
  return html`<nav class="ship-pager" aria-label=${t("pages_label")}>
    <button type="button" class="small" disabled=${behind.length < 2} onClick=${() => set_behind(behind.slice(0, -1))}>${t("page_before")}</button>
    <span>${t("page_of", { from: start + 1, to: start + page.rows.length, n: page.matching_rows })}</span>
    <button type="button" class="small" disabled=${page.next_after === null} onClick=${() => set_behind([...behind, page.next_after])}>${t("page_next")}</button>
  </nav>`;
}

async function confirm(job, hash, skipped) {
  agreed.value = { ...agreed.value, [job.id]: hash };
  try {
    const skip_rows = [...skipped.keys()].sort((a, b) => a - b);
    const next = await api.confirm(job.id, skip_rows.length ? { hash, skip_rows } : { hash });
    dispatch({ type: "jobs", jobs: [next] });
  } catch (problem) {
    agreed.value = { ...agreed.value, [job.id]: null };
    if (!STALE.has(problem.code)) return trouble(problem);
    toast(t("stale"), { is_trouble: true });
    await load_job(job.id);
  }
}

function ConfirmBar({ job, preview, skipped }) {
  const { labels, cents, skipped: left_out } = totals(preview, skipped);
  const [is_sent, set_sent] = useState(false);
  const send = async () => {
    set_sent(true);
    await confirm(job, preview.hash, skipped);
    set_sent(false);
  };
  return html`<div class="confirm-bar" role="region" aria-label=${t("confirm_label")}>
    <p><strong>${t("labels_for", { n: labels, money: money(cents) })}</strong>
      <small>${left_out ? html`${t("left_out", { n: left_out })} · <button type="button" class="ship-link" onClick=${() => take_all(preview.hash)}>${t("take_all")}</button>` : t("never_twice")}</small></p>
    <button type="button" class="primary" disabled=${!labels || is_sent} onClick=${send}>${t("confirm", { n: labels, money: money(cents) })}</button>
  </div>`;
}

function useRows(job, hash, show, q) {
  const [behind, set_behind] = useState([0]);
  const [page, set_page] = useState(null);
  const [summary, set_summary] = useState(null);
  useEffect(() => set_behind([0]), [hash, show, q]);
  const after = behind.at(-1);
  useEffect(() => {
    let is_wanted = true;
    shipping.preview_rows(job.id, { after, limit: PAGE_ROWS, show, q }).then((told) => {
      if (!is_wanted) return;
      if (told.summary) set_summary(told.summary);
      set_page(told);
      // The plan was made anew and the event about it has not come yet: what is shown has to be what is confirmed.
      if (told.hash !== hash) load_job(job.id).catch(() => {});
    }, (problem) => is_wanted && trouble(problem));
    return () => {
      is_wanted = false;
    };
  }, [job.id, hash, after, show, q]);
  return { page, summary, behind, set_behind };
}

/** The preview of a held job. */
export function ShippingPreview({ job }) {
  const preview = job.preview;
  const { hash } = preview;
  const [show, set_show] = useState("all");
  const [q, set_q] = useState("");
  const { page, summary, behind, set_behind } = useRows(job, hash, show, q);
  const skipped = skipped_of(hash);
  const was_agreed = Boolean(agreed.value[job.id]) && agreed.value[job.id] !== hash;
  const skip = (rows, is_skipped) => set_skipped(hash, rows, is_skipped);
  const skip_warned = async () => {
    try {
      skip(await shipping.all_rows(job.id, { show: "warned" }), true);
    } catch (problem) {
      trouble(problem);
    }
  };
  return html`<section class="panel ship-preview" aria-labelledby="preview-title">
    <header><h2 id="preview-title">${t("preview_title")}</h2></header>
    <p class="explained" lang="en">${preview.explanation}</p>
    <${Facts} preview=${preview} summary=${summary} />
    <${Notices} preview=${preview} was_agreed=${was_agreed} />
    ${preview.total_rows > 0 && html`<div class="ship-toolbar">
      <${Filter} show=${show} set_show=${set_show} summary=${summary} total=${preview.total_rows} />
      ${summary?.warned_rows > 0 && html`<button type="button" class="small" onClick=${skip_warned}>${t("skip_warned")}</button>`}
      <input type="search" class="ship-find" aria-label=${t("find_rows")} placeholder=${t("find_rows")} value=${q} onInput=${({ target }) => set_q(target.value)} />
    </div>`}
    ${page && preview.total_rows > 0 && html`<${RowsTable} rows=${page.rows} skipped=${skipped} skip=${skip} />
      <${Pager} page=${page} behind=${behind} set_behind=${set_behind} />`}
    <${ConfirmBar} job=${job} preview=${preview} skipped=${skipped} />
  </section>`;
}
