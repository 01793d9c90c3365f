// How a job looks in the line: one form for each part of its life.

import * as actions from "../actions.js";
import { duration, elapsed, full_time, number, range, seconds_between, to_come, when } from "../format.js";
import { html } from "../html.js";
import { job_href } from "../router.js";
import { kinds, now_ms } from "../store.js";
import { IconButton } from "./icons.js";
import { ProgressBar, ProgressWords, Status } from "./progress.js";

const kind_title = (name) => kinds.value.find((kind) => kind.name === name)?.title || name;

/** How long ago this job's estimate was heard, in ms. */
export const estimate_age_ms = (job) => Math.max(0, now_ms.value - (job.heard_at ?? now_ms.value));

function Title({ job }) {
  return html`<a class="job-title" href=${job_href(job.id)}>${job.title}</a>`;
}

/** The button that cancels a job, or says that it has been asked to stop. */
export function CancelButton({ job, look = "danger" }) {
  if (job.cancel_requested_at) return html`<button type="button" class=${look} disabled>Stopping…</button>`;
  return html`<button type="button" class=${look} aria-label=${`Cancel ${job.title}`}
    onClick=${() => actions.cancel(job)}>Cancel</button>`;
}

/** The job that is being served: the largest thing on the page. */
export function RunningJob({ job }) {
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  return html`<article class="panel running" data-job=${job.id}>
    <header>
      <div><p class="eyebrow">Now serving · ${kind_title(job.kind)}</p><h2><${Title} job=${job} /></h2></div>
      <${CancelButton} job=${job} look="small quiet" />
    </header>
    <${ProgressBar} job=${job} />
    <p class="under"><${ProgressWords} job=${job} />
      <span class="muted">
        ${job.started_at && `running for ${elapsed(seconds_between(job.started_at, null, now_ms.value))}`}
        ${ends && html`<span class="estimate">${` · done ${to_come(ends)}`}</span>`}
      </span>
    </p>
  </article>`;
}

/** A waiting job with its number, when it starts, and the buttons that move it. */
export function WaitingJob({ job, is_first, is_last }) {
  const starts = range(job.estimate?.starts_in, estimate_age_ms(job));
  const move = (to) => actions.move(job, to);
  return html`<li class="row waiting" data-job=${job.id}>
    <span class="ticket" aria-label=${`Number ${job.position} in line`}>${job.position ? number(job.position) : "–"}</span>
    <div class="what">
      <${Title} job=${job} />
      <small><span class="kind-name">${kind_title(job.kind)}</span>${starts && html`<span class="estimate">${` · starts ${to_come(starts)}`}</span>`}</small>
    </div>
    <div class="row-actions">
      <${IconButton} icon="front" name=${`Move ${job.title} to the front`} disabled=${is_first} onClick=${() => move("front")} />
      <${IconButton} icon="up" name=${`Move ${job.title} up`} disabled=${is_first} onClick=${() => move(job.position - 1)} />
      <${IconButton} icon="down" name=${`Move ${job.title} down`} disabled=${is_last} onClick=${() => move(job.position + 1)} />
      <${IconButton} icon="close" name=${`Cancel ${job.title}`} onClick=${() => actions.cancel(job)} />
    </div>
  </li>`;
}

/** A job that waits for a person. */
export function HeldJob({ job }) {
  return html`<li class="row held" data-job=${job.id}>
    <${Status} status="held" />
    <div class="what"><${Title} job=${job} /><small>${kind_title(job.kind)} · waits until you have looked</small></div>
    <div class="row-actions">
      <a class="button small primary" href=${job_href(job.id)}>Look</a>
      <${IconButton} icon="close" name=${`Cancel ${job.title}`} onClick=${() => actions.cancel(job)} />
    </div>
  </li>`;
}

function outcome(job) {
  if (job.status === "failed") return job.error?.message ?? "failed";
  const failed = job.items?.failed ?? 0;
  const parts = [kind_title(job.kind)];
  if (job.cached) parts.push("known from before");
  else if (job.started_at && job.finished_at && job.status === "completed") {
    parts.push(`took ${duration(seconds_between(job.started_at, job.finished_at))}`);
  }
  if (failed) parts.push(`${number(failed)} of ${number(job.items.total)} failed`);
  return parts.join(" · ");
}

/** A job that is over. */
export function FinishedJob({ job }) {
  const is_partial = job.status === "completed" && job.items?.failed > 0;
  return html`<li class="row finished" data-job=${job.id}>
    <${Status} status=${job.status} is_partial=${is_partial} />
    <div class="what"><${Title} job=${job} /><small>${outcome(job)}</small></div>
    <time class="muted" datetime=${job.finished_at} title=${job.finished_at && full_time(job.finished_at)}>
      ${job.finished_at && when(job.finished_at, now_ms.value)}
    </time>
  </li>`;
}
