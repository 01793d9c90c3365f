// What was done, how long it waited and ran, and what went wrong: each as a picture and as a table.

import * as api from "../api.js";
import { duration, number, size, time_as } from "../format.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { messages } from "../messages.js";
import { kind_title } from "../parts/job_row.js";
import { go, route } from "../router.js";
import { Chart } from "../stats/chart.js";
import { by_kind, causes, days_until, quantile_days, throughput, totals, whole_time } from "../stats/numbers.js";
import { kinds, server, state } from "../store.js";

const t = messages("stats");
const PERIODS = [7, 30, 90, 365];
const COLOURS = ["--bad", "--series-1", "--series-2", "--series-3", "--edge"];

const day_words = (day) => time_as("utc day", { day: "numeric", month: "short", timeZone: "UTC" }, `${day}T00:00:00Z`);

function chosen(query) {
  const days = Number(query.get("days"));
  return { days: PERIODS.includes(days) ? days : 30, kind: query.get("kind") ?? "" };
}

const address = ({ days, kind }) => `#/stats?${new URLSearchParams({ days, ...(kind ? { kind } : {}) })}`;

function Choice({ choice }) {
  return html`<div class="stats-choice">
    <div class="segments" role="group" aria-label=${t("period")}>
      ${PERIODS.map((days) => html`<a class="segment button" href=${address({ ...choice, days })} aria-current=${days === choice.days ? "true" : null}>${t("last_days", { n: days })}</a>`)}
    </div>
    <div class="kind-choice">
      <select aria-label=${t("kind")} onChange=${({ target }) => go(address({ ...choice, kind: target.value }))}>
        <option value="">${t("every_kind")}</option>
        ${kinds.value.map(({ name, title }) => html`<option value=${name} selected=${name === choice.kind}>${title || name}</option>`)}
      </select></div>
  </div>`;
}

function Figures({ told, choice }) {
  const sums = totals(told.runs, choice.kind);
  const whole = whole_time(told.quantiles, choice.kind);
  const facts = [
    [t("jobs_ended"), number(sums.jobs), t("of_them_done", { n: sums.completed })],
    [t("failed_share"), `${number(Math.round(sums.failed_share * 1000) / 10)} %`, t("failed_count", { n: sums.failed })],
    whole && [t("usual_wait"), duration(whole.waited.p50), t("seldom_more", { time: duration(whole.waited.p90) })],
    whole && [t("usual_run"), duration(whole.ran.p50), t("seldom_more", { time: duration(whole.ran.p90) })],
    [t("disk"), size(told.disk_used_bytes), t("jobs_kept", { n: Object.values(told.jobs).reduce((sum, one) => sum + one, 0) })],
  ];
  return html`<dl class="figures">${facts.filter(Boolean).map(
    ([term, value, more]) => html`<div class="panel"><dt>${term}</dt><dd><strong>${value}</strong><small>${more}</small></dd></div>`,
  )}</dl>`;
}

function DayTable({ days, series, format, caption }) {
  const rows = days.map((day, index) => [day, series.map(({ values }) => values[index])]).filter(([, values]) => values.some(Boolean));
  return html`<details class="as-table"><summary>${t("as_table")}</summary>
    <div class="scroll" tabindex="0" role="group" aria-label=${caption}><table><caption class="visually-hidden">${caption}</caption>
      <thead><tr><th scope="col">${t("day")}</th>${series.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
      <tbody>${rows.reverse().map(([day, values]) => html`<tr><th scope="row"><time datetime=${day}>${day_words(day)}</time></th>
        ${values.map((value) => html`<td class="number">${value === null ? "–" : format(value)}</td>`)}</tr>`)}</tbody>
    </table></div></details>`;
}

function ByDay({ title, hint, days, series, kind, format, says, at, set_at, children }) {
  return html`<section class="panel chart-panel" aria-label=${title}>
    <header><h2>${title}</h2><p class="muted"><small>${hint}</small></p></header>
    <${Chart} days=${days} series=${series} kind=${kind} format=${format} day_words=${day_words} says=${says} at=${at} set_at=${set_at} />
    ${children ?? html`<${DayTable} days=${days} series=${series} format=${format} caption=${title} />`}
  </section>`;
}

const highest = (series) => Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));

function Spans({ title, hint, what, told, choice, days, at, set_at }) {
  const { p50, p90 } = useMemo(() => quantile_days(told.quantiles, days, choice.kind, what), [told, days, choice.kind]);
  const series = useMemo(() => [
    { name: t("p50"), colour: "--series-0", values: p50 },
    { name: t("p90"), colour: "--series-1", values: p90 },
  ], [p50, p90, t("p50")]);
  return html`<${ByDay} title=${title} hint=${hint} days=${days} series=${series} kind="lines" format=${duration} at=${at} set_at=${set_at}
    says=${t("spans_say", { title, time: duration(highest(series)) })} />`;
}

// On a small screen each row is a block of its own: the roles say that it is a table still.
function KindTable({ told, choice }) {
  const rows = by_kind(told.quantiles, choice.kind);
  const longest = Math.max(0.001, ...rows.map(({ ran }) => ran.p90));
  const bar = (value) => ({ inlineSize: `${(100 * value) / longest}%` });
  if (!rows.length) return null;
  return html`<section class="panel kind-table" aria-labelledby="kinds-title"><h2 id="kinds-title">${t("by_kind")}</h2>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="kinds-title"><table role="table">
      <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">${t("kind")}</th><th scope="col" role="columnheader" class="number">${t("jobs")}</th><th scope="col" role="columnheader" class="number">${t("waited_p50")}</th>
        <th scope="col" role="columnheader" class="number">${t("ran_p50")}</th><th scope="col" role="columnheader" class="number">${t("ran_p90")}</th><th scope="col" role="columnheader"><span class="visually-hidden">${t("compared")}</span></th></tr></thead>
      <tbody role="rowgroup">${rows.map(({ kind, jobs, waited, ran }) => html`<tr role="row"><th scope="row" role="rowheader"><a href=${address({ ...choice, kind })}>${kind_title(kind)}</a></th>
        <td role="cell" class="number">${number(jobs)}</td><td role="cell" class="number">${duration(waited.p50)}</td><td role="cell" class="number">${duration(ran.p50)}</td><td role="cell" class="number">${duration(ran.p90)}</td>
        <td role="cell" class="spark"><i class="late" style=${bar(ran.p90)}></i><i style=${bar(ran.p50)}></i></td></tr>`)}</tbody>
    </table></div></section>`;
}

function Causes({ told, choice, days, at, set_at }) {
  const { shown, all } = useMemo(() => causes(told.runs, days, choice.kind), [told, days, choice.kind]);
  const series = useMemo(() => shown.map(({ code, days: values }, index) => ({ name: code ?? t("others"), colour: COLOURS[index], values })), [shown, t("others")]);
  const failed = all.reduce((sum, one) => sum + one.jobs, 0);
  if (!all.length) {
    return html`<section class="panel chart-panel" aria-label=${t("causes")}><header><h2>${t("causes")}</h2></header><p class="muted">${t("nothing_failed")}</p></section>`;
  }
  return html`<${ByDay} title=${t("causes")} hint=${t("causes_hint")} days=${days} series=${series} kind="bars" format=${number} at=${at} set_at=${set_at}
    says=${t("causes_say", { n: failed, code: all[0].code })}>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("causes")}><table class="cause-table">
      <thead><tr><th scope="col">${t("cause")}</th><th scope="col" class="number">${t("jobs")}</th><th scope="col" class="number">${t("share")}</th></tr></thead>
      <tbody>${all.map(({ code, jobs }) => html`<tr><th scope="row"><a href=${`/problems/${code.replaceAll("_", "-")}`}><code>${code}</code></a></th>
        <td class="number">${number(jobs)}</td><td class="number">${number(Math.round((1000 * jobs) / failed) / 10)} %</td></tr>`)}</tbody>
    </table></div>
    <p><a href="#/history?status=failed">${t("see_failed")}</a></p>
  <//>`;
}

function Throughput({ told, choice, days, at, set_at }) {
  const series = useMemo(() => {
    const counts = throughput(told.runs, days, choice.kind);
    return [
      { name: t("completed"), colour: "--series-0", values: counts.completed },
      { name: t("failed"), colour: "--bad", values: counts.failed },
      { name: t("cancelled"), colour: "--edge", values: counts.cancelled },
    ];
  }, [told, days, choice.kind, t("completed")]);
  const sums = totals(told.runs, choice.kind);
  return html`<${ByDay} title=${t("throughput")} hint=${t("throughput_hint")} days=${days} series=${series} kind="bars" format=${number} at=${at} set_at=${set_at}
    says=${t("throughput_says", { n: sums.jobs, failed: sums.failed })} />`;
}

function Nothing() {
  return html`<section class="panel nobody"><h2>${t("nothing")}</h2><p class="muted">${t("nothing_hint")}</p>
    <a class="button primary" href="#/">${t("to_line")}</a></section>`;
}

/** The screen at #/stats. */
export function Stats() {
  const choice = chosen(route.value.query);
  const [told, set_told] = useState(null);
  const [problem, set_problem] = useState(null);
  const [at, set_at] = useState(null);
  const { is_live } = server.value;
  const ended = Object.values(state.value.jobs).filter(({ finished_at: time }) => time).length;
  useEffect(() => {
    if (!is_live) return undefined;
    const abort = new AbortController();
    api.get_json(`/api/v1/stats?days=${choice.days}`, { signal: abort.signal }).then(
      (answer) => {
        set_problem(null);
        set_told(answer);
      },
      (error) => !abort.signal.aborted && set_problem(error),
    );
    return () => abort.abort();
  }, [choice.days, is_live, ended]);
  const days = useMemo(() => days_until(Date.now(), choice.days), [choice.days, told]);
  const shared = { told, choice, days, at, set_at };
  const is_empty = told && !told.runs.some((row) => !choice.kind || row.kind === choice.kind);
  return html`<div class="stats" aria-busy=${!told}>
    <header class="stats-header"><h1>${t("title")}</h1><${Choice} choice=${choice} /></header>
    ${problem && html`<section class="panel failure"><h2>${t("trouble")}</h2><p>${problem.message}</p></section>`}
    ${!told && !problem && html`<p class="muted">${t("looking")}</p>`}
    ${is_empty && html`<${Nothing} />`}
    ${told && !is_empty && html`<${Figures} told=${told} choice=${choice} />
      <div class="charts">
        <${Throughput} ...${shared} />
        <${Spans} title=${t("waits")} hint=${t("waits_hint")} what="waited" ...${shared} />
        <${Spans} title=${t("durations")} hint=${t("durations_hint")} what="ran" ...${shared} />
        <${Causes} ...${shared} />
      </div>
      <${KindTable} told=${told} choice=${choice} />`}
  </div>`;
}
