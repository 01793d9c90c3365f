// Everything that was handed in and is still kept: searched and filtered by the server, however much it is.

import * as actions from "../actions.js";
import { is_retryable } from "../bulk.js";
import { full_time, when } from "../format.js";
import { api_query, filters_of, keep_scroll, matches, STATUSES, use_pages } from "../history_pages.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { messages } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { outcome, Title } from "../parts/job_row.js";
import { Pick, PickedBar } from "../parts/picking.js";
import { Status, status_word } from "../parts/progress.js";
import { VirtualList } from "../parts/virtual_list.js";
import { go, route, set_query } from "../router.js";
import { new_selection } from "../selection.js";
import { is_current, is_terminal } from "../state.js";
import { kinds, now_ms, server, state } from "../store.js";
import { may_change } from "../who.js";

const t = messages("history");
const AHEAD = 60; // rows before the end of what is there, at which the next page is asked for
const TYPING_MS = 250;
const selection = new_selection();

const params_of = ({ q, status, kind, after }) => ({ q: q.trim(), status: status.join(","), kind, after });

// A choice is a step that "back" undoes; letters on the way to a word are not.
function choose(filters) {
  const kept = Object.entries(params_of(filters)).filter(([, value]) => value);
  const query = new URLSearchParams(kept).toString();
  go(`#/history${query ? `?${query}` : ""}`);
}

function Search({ filters }) {
  const [text, set_text] = useState(filters.q);
  const typed = useRef(filters.q);
  useEffect(() => {
    if (filters.q !== typed.current) set_text((typed.current = filters.q)); // back, forward, or a link
  }, [filters.q]);
  useEffect(() => {
    if (text === filters.q) return undefined;
    const timer = setTimeout(() => {
      typed.current = text;
      set_query(params_of({ ...filters, q: text }));
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<label class="search"><span class="visually-hidden">${t("search")}</span><${Icon} name="search" />
    <input type="search" placeholder=${t("search_hint")} autocomplete="off" spellcheck="false" maxlength="200" value=${text}
      onInput=${({ target }) => set_text(target.value)} /></label>`;
}

function StatusChoice({ filters }) {
  const toggle = (one) => {
    const status = filters.status.includes(one) ? filters.status.filter((other) => other !== one) : [...filters.status, one];
    choose({ ...filters, status });
  };
  const chip = (name, is_on, act) =>
    html`<button type="button" class="segment" aria-pressed=${is_on} onClick=${act}>${name}</button>`;
  return html`<div class="segments" role="group" aria-label=${t("status")}>
    ${chip(t("all"), !filters.status.length, () => choose({ ...filters, status: [] }))}
    ${STATUSES.map((one) => chip(status_word(one), filters.status.includes(one), () => toggle(one)))}
  </div>`;
}

function Filters({ filters }) {
  const is_filtered = filters.q || filters.status.length || filters.kind || filters.after;
  return html`<search class="history-filters">
    <${Search} filters=${filters} />
    <label class="field kind-choice"><span aria-hidden="true">${t("kind")}</span>
      <select aria-label=${t("kind")} value=${filters.kind} onChange=${({ target }) => choose({ ...filters, kind: target.value })}>
        <option value="">${t("every_kind")}</option>
        ${kinds.value.map(({ name, title }) => html`<option value=${name} selected=${name === filters.kind}>${title || name}</option>`)}
      </select></label>
    <label class="field since"><span>${t("since")}</span>
      <input type="date" value=${filters.after} onChange=${({ target }) => choose({ ...filters, after: target.value })} /></label>
    <${StatusChoice} filters=${filters} />
    ${is_filtered && html`<a class="button small quiet" href="#/history">${t("reset")}</a>`}
  </search>`;
}

function Row({ job, place, order }) {
  const is_partial = job.status === "completed" && job.items?.failed > 0;
  const at = job.finished_at ?? job.created_at;
  const is_picked = selection.ids.value.has(job.id);
  return html`<li class="row finished ${is_picked ? "is-picked" : ""}" data-job=${job.id} ...${place}>
    <${Pick} job=${job} selection=${selection} order=${order} />
    <${Status} status=${job.status} is_partial=${is_partial} />
    <div class="what"><${Title} job=${job} /><small class=${job.status === "failed" ? "why" : ""}>${outcome(job)}</small></div>
    <time class="muted" datetime=${at} title=${full_time(at)}>${when(at, now_ms.value)}</time>
  </li>`;
}

function Picked({ rows }) {
  const jobs = rows.filter((job) => selection.ids.value.has(job.id) && may_change(job));
  const again = jobs.filter(is_retryable);
  const over = jobs.filter(is_terminal);
  const act = (work, some) => () => {
    selection.clear();
    work(some);
  };
  return html`<${PickedBar} jobs=${jobs} selection=${selection}>
    ${again.length > 0 && html`<button type="button" class="small" onClick=${act(actions.retry_many, again)}>
      <${Icon} name="retry" />${t("retry_picked", { n: again.length })}</button>`}
    ${over.length > 0 && html`<button type="button" class="small danger" onClick=${act(actions.remove_many, over)}>
      <${Icon} name="trash" />${t("remove_picked", { n: over.length })}</button>`}
  <//>`;
}

function Nothing({ is_filtered }) {
  return html`<section class="panel nobody empty">
    <h2>${is_filtered ? t("no_match") : t("nothing")}</h2>
    <p class="muted">${is_filtered ? t("no_match_hint") : t("nothing_hint")}</p>
    <a class="button ${is_filtered ? "" : "primary"}" href=${is_filtered ? "#/history" : "#/"}>${is_filtered ? t("reset") : t("to_line")}</a>
  </section>`;
}

function Trouble({ pages }) {
  return html`<section class="panel failure"><h2>${t("trouble")}</h2><p>${pages.problem.message}</p>
    <button type="button" onClick=${pages.reload}>${t("again")}</button></section>`;
}

/** What the stream tells is newer than what was fetched; what was removed is gone from the list, too. */
function as_known(rows) {
  const gone = new Set(state.value.gone);
  const hidden = actions.hidden.value;
  return rows
    .filter(({ id }) => !gone.has(id) && !hidden.has(id))
    .map((row) => {
      const live = state.value.jobs[row.id];
      return live && is_current(live, row) ? live : row;
    });
}

function newer_than(rows, filters) {
  const first = rows[0]?.created_at ?? "";
  const ids = new Set(rows.map(({ id }) => id));
  const is_new = (job) => job.created_at > first && !ids.has(job.id) && matches(job, filters);
  return Object.values(state.value.jobs).filter(is_new).length;
}

function List({ rows, pages, filters }) {
  const order = () => rows.map(({ id }) => id);
  const row = (index, place) => html`<${Row} key=${rows[index].id} job=${rows[index]} place=${place} order=${order} />`;
  const on_range = (_, end) => end > rows.length - AHEAD && pages.more();
  const newer = newer_than(pages.rows, filters);
  useEffect(() => {
    if (pages.scroll) scrollTo(0, pages.scroll);
  }, []);
  return html`<div class="history-list">
    <p class="muted history-count" role="status">${pages.is_end ? t("found", { n: rows.length }) : t("found_more", { n: rows.length })}
      ${newer > 0 && html`<button type="button" class="chip" onClick=${() => {
        scrollTo(0, 0);
        pages.reload();
      }}>${t("newer", { n: newer })}</button>`}</p>
    <${Picked} rows=${rows} />
    <${VirtualList} count=${rows.length} row=${row} label=${t("title")} on_range=${on_range} />
    ${pages.problem && html`<${Trouble} pages=${pages} />`}
  </div>`;
}

/** The screen at #/history. */
export function History() {
  const filters = filters_of(route.value.query);
  const key = api_query(filters);
  const pages = use_pages(key, server.value.is_live);
  useEffect(() => {
    addEventListener("scroll", keep_scroll, { passive: true });
    return () => removeEventListener("scroll", keep_scroll);
  }, []);
  useEffect(() => () => selection.clear(), [key]);
  const rows = pages.rows && as_known(pages.rows);
  return html`<div class="history" aria-busy=${pages.is_busy}>
    <h1>${t("title")}</h1>
    <${Filters} filters=${filters} />
    ${!rows && pages.problem && html`<${Trouble} pages=${pages} />`}
    ${!rows && !pages.problem && html`<p class="muted">${t("looking")}</p>`}
    ${rows && !rows.length && !pages.is_busy && html`<${Nothing} is_filtered=${key !== api_query(filters_of(new URLSearchParams()))} />`}
    ${rows?.length > 0 && html`<${List} key=${key} rows=${rows} pages=${pages} filters=${filters} />`}
  </div>`;
}
