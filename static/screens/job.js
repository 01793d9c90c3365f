// One job: what happens to it now, what came of it, and everything that is known about it.

import * as actions from "../actions.js";
import * as api from "../api.js";
import { number, range, to_come } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { items_view_for, progress_view_for, view_for } from "../kinds/registry.js";
import { Artifacts } from "../parts/artifacts.js";
import { Facts } from "../parts/facts.js";
import { Held } from "../parts/held.js";
import { Icon } from "../parts/icons.js";
import { Items } from "../parts/items.js";
import { CancelButton, estimate_age_ms } from "../parts/job_row.js";
import { Log } from "../parts/log.js";
import { ProgressBar, ProgressWords, Stages, Status } from "../parts/progress.js";
import { trouble } from "../parts/toasts.js";
import { is_terminal } from "../state.js";
import { dispatch, kinds, load_job, server, state } from "../store.js";

async function load(id, set_found) {
  try {
    set_found(await load_job(id));
    dispatch({ type: "items", job_id: id, items: await api.items(id) });
  } catch (problem) {
    if (problem.status === 404) set_found(false);
    else if (problem.status) trouble(problem);
  }
}

function needs_retry(job) {
  if (job.superseded_by) return null;
  if (job.status === "failed" || job.status === "cancelled") return "Do it again";
  const failed = (job.items?.failed ?? 0) + (job.items?.needs_review ?? 0);
  return job.status === "completed" && failed ? `Retry ${number(failed)} failed` : null;
}

function Actions({ job }) {
  const again = needs_retry(job);
  return html`<div class="actions">
    ${!is_terminal(job) && html`<${CancelButton} job=${job} />`}
    ${again && html`<button type="button" class="primary" onClick=${() => actions.retry_and_show(job)}>
      <${Icon} name="retry" />${again}</button>`}
    ${is_terminal(job) && html`<button type="button" class="quiet" onClick=${() => actions.remove(job)}>
      <${Icon} name="trash" />Remove</button>`}
  </div>`;
}

function InLine({ job }) {
  const starts = range(job.estimate?.starts_in, estimate_age_ms(job));
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  return html`<section class="panel in-line" aria-label="Place in line">
    <span class="ticket large">${job.position ? number(job.position) : "–"}</span>
    <div><h2>${job.position === 1 ? "Next in line" : `Number ${number(job.position ?? 0)} in line`}</h2>
      <p class="muted">
        ${starts ? `Starts ${to_come(starts)}` : "No estimate yet"}${ends && `, done ${to_come(ends)}`}.
        You may close this page; the job does not need it.
      </p>
      ${job.position > 1 && html`<button type="button" class="small" onClick=${() => actions.move(job, "front")}>
        <${Icon} name="front" />Move to the front</button>`}
    </div>
  </section>`;
}

function Running({ job }) {
  const View = progress_view_for(job.kind);
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  return html`<section class="panel running" aria-label="Progress">
    <${ProgressBar} job=${job} />
    <p class="under"><${ProgressWords} job=${job} />${ends && html`<span class="estimate muted">done ${to_come(ends)}</span>`}</p>
    ${View ? html`<${View} job=${job} />` : html`<${Stages} stages=${job.progress?.stages} />`}
  </section>`;
}

function Failure({ error }) {
  return html`<section class="panel failure" aria-label="What went wrong">
    <h2><${Icon} name="alert" />${error.message}</h2>
    ${error.remediation && html`<p>${error.remediation}</p>`}
    <p class="muted"><code>${error.code}</code>${error.retriable ? " · may work if it is tried again" : ""}</p>
  </section>`;
}

function Result({ job }) {
  const View = view_for(job.kind);
  if (job.status !== "completed") return null;
  if (View) return html`<${View} job=${job} />`;
  if (!job.output || !Object.keys(job.output).length) return null;
  return html`<section class="panel"><h2>Result</h2><pre class="json">${JSON.stringify(job.output, null, 2)}</pre></section>`;
}

// A view of the kind's own shows every item already; the table adds something when one needs a person.
function shows_items(job) {
  const is_clean = job.status === "completed" && !job.items?.failed && !job.items?.needs_review;
  return !(is_clean && view_for(job.kind));
}

function ItemsOf({ job, items }) {
  const View = items_view_for(job.kind);
  if (View) return html`<${View} job=${job} items=${items} />`;
  return shows_items(job) && html`<${Items} job=${job} items=${items} />`;
}

function Unknown() {
  return html`<section class="panel nobody"><h1>There is no such job</h1>
    <p class="muted">It may have been removed, or the link is not whole.</p>
    <a class="button" href="#/">To the line</a></section>`;
}

/** The screen at #/jobs/ID. */
export function Job({ id }) {
  const [is_found, set_found] = useState(true);
  const job = state.value.jobs[id];
  const { is_live } = server.value;
  const status = job?.status;
  useEffect(() => {
    if (is_live) load(id, set_found);
  }, [id, is_live, status, state.value.snapshots]);
  if (!job) return is_found ? html`<p class="muted" aria-busy="true">Looking…</p>` : html`<${Unknown} />`;
  const kind = kinds.value.find((one) => one.name === job.kind);
  return html`<div class="job" data-job=${id}>
    <a class="back" href="#/"><${Icon} name="back" />The line</a>
    <header class="job-header">
      <div><h1>${job.title}</h1>
        <p class="sub"><${Status} status=${job.status} is_partial=${job.status === "completed" && job.items?.failed > 0} />
          <span class="muted">${kind?.title || job.kind}${job.cached ? " · known from before" : ""}</span></p>
      </div>
      <${Actions} job=${job} />
    </header>
    ${job.status === "queued" && html`<${InLine} job=${job} />`}
    ${job.status === "running" && html`<${Running} job=${job} />`}
    ${job.status === "held" && html`<${Held} job=${job} />`}
    ${job.error && html`<${Failure} error=${job.error} />`}
    <${Result} job=${job} />
    <${ItemsOf} job=${job} items=${state.value.items[id]} />
    <${Artifacts} job=${job} />
    <${Facts} job=${job} />
    <${Log} job=${job} />
  </div>`;
}
