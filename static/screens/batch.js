// A batch: jobs that were handed in together, each with how far it is, and what they have given together.

import * as api from "../api.js";
import { percent } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { batch_view_for } from "../kinds/registry.js";
import { error_words, messages } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { Status } from "../parts/progress.js";
import { trouble } from "../parts/toasts.js";
import { job_href } from "../router.js";
import { is_current, is_terminal } from "../state.js";
import { dispatch, kinds, server, state } from "../store.js";

const t = messages("job");

// The stream tells of progress; what it was last told of is newer than what was fetched, and the other way round.
function newest(told) {
  const live = state.value.jobs[told.id];
  return live && is_current(live, told) ? { ...told, ...live, duplicate_of: told.duplicate_of } : told;
}

function status_of(jobs) {
  const over = jobs.filter(is_terminal);
  if (over.length < jobs.length) return over.length || jobs.some(({ status }) => status === "running") ? "running" : "queued";
  const done = jobs.filter(({ status }) => status === "completed").length;
  if (done === jobs.length) return "completed";
  if (done) return "partial";
  return jobs.some(({ status }) => status === "failed") ? "failed" : "cancelled";
}

const name_of = (job) => job.inputs?.[0]?.name ?? job.args?.url ?? job.title;

function outcome(job) {
  if (job.error) return html`<span class="problem">${error_words(job.error).message} ${error_words(job.error).remediation}</span>`;
  if (job.status === "queued") return job.position ? t("number_in_line", { n: job.position }) : t("in_line");
  if (job.status === "running") return job.progress?.message ?? t("getting_ready");
  const note = job.duplicate_of ? `${t("same_file", { n: job.duplicate_of })} · ` : "";
  return `${note}${job.status === "completed" ? (job.progress?.message ?? t("done")) : ""}`;
}

function Sheet({ job }) {
  const value = job.progress?.percent ?? 0;
  return html`<li class="row sheet" data-job=${job.id}>
    <span class="ticket">${job.sequence}</span>
    <div class="what">
      <a class="job-title" href=${job_href(job.id)}>${name_of(job)}</a>
      <small>${outcome(job)}</small>
      ${job.status === "running" && html`<progress max="100" value=${value} aria-label=${t("progress_of", { title: name_of(job) })}></progress>`}
    </div>
    ${job.status === "running" ? html`<output>${percent(value)}</output>` : html`<${Status} status=${job.status} />`}
  </li>`;
}

function Sheets({ jobs }) {
  const over = jobs.filter(is_terminal).length;
  const is_over = over === jobs.length;
  const failed = jobs.filter(({ status }) => status === "failed" || status === "cancelled").length;
  const done = t("sheets_done", { over, n: jobs.length });
  const said = failed ? t("sheets_failed", { done, failed }) : done;
  return html`<details class="panel sheets" open=${!is_over || failed > 0} key=${`${is_over}${failed > 0}`}>
    <summary aria-live="polite">${said}</summary>
    <ol class="rows">${jobs.map((job) => html`<${Sheet} key=${job.id} job=${job} />`)}</ol>
  </details>`;
}

function Unknown() {
  return html`<section class="panel nobody"><h1>${t("no_such_batch")}</h1>
    <p class="muted">${t("no_such_job_hint")}</p>
    <a class="button" href="#/">${t("to_line")}</a></section>`;
}

/** The screen at #/batches/ID. */
export function Batch({ id }) {
  const [batch, set_batch] = useState(null);
  const [is_found, set_found] = useState(true);
  const { is_live } = server.value;
  const heard = Object.values(state.value.jobs).filter((job) => job.batch_id === id); // grows when some are retried
  const jobs = (batch?.jobs ?? []).map(newest);
  const over = jobs.filter(is_terminal).length;
  const take = (told) => {
    dispatch({ type: "jobs", jobs: told.jobs });
    set_batch(told);
  };
  const load = () =>
    api.batch(id).then(take, (problem) => {
      if (problem.status === 404) set_found(false);
      else if (problem.status) trouble(problem);
    });
  useEffect(() => {
    if (is_live) load();
  }, [id, is_live, state.value.snapshots, heard.length, over]);
  if (!batch) return is_found ? html`<p class="muted" aria-busy="true">${t("looking")}</p>` : html`<${Unknown} />`;
  const act = (call) => call(id).then(take, trouble);
  const View = batch_view_for(batch.kind);
  const kind = kinds.value.find((one) => one.name === batch.kind);
  const status = status_of(jobs);
  const can_retry = jobs.some((job) => job.status === "failed" || job.status === "cancelled");
  return html`<div class="job batch" data-batch=${id}>
    <a class="back" href="#/"><${Icon} name="back" />${t("the_line")}</a>
    <header class="job-header">
      <div><h1>${batch.title}</h1>
        <p class="sub"><${Status} status=${status} /><span class="muted">${kind?.title || batch.kind}</span></p></div>
      <div class="actions">
        ${over < jobs.length && html`<button type="button" class="danger" onClick=${() => act(api.cancel_batch)}>${t("cancel_all")}</button>`}
        ${can_retry && html`<button type="button" onClick=${() => act(api.retry_batch)}><${Icon} name="retry" />${t("retry_what_failed")}</button>`}
        ${over > 0 && html`<a class="button" href=${batch.links.artifacts} download><${Icon} name="download" />${t("all_files")}</a>`}
      </div>
    </header>
    <${Sheets} jobs=${jobs} />
    ${View && html`<${View} batch=${batch} over=${over} total=${jobs.length} />`}
  </div>`;
}
