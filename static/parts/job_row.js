// How a job looks in the line: one form for each part of its life.

import * as actions from "../actions.js";
import { duration, elapsed, full_time, number, range, seconds_between, to_come, when } from "../format.js";
import { html } from "../html.js";
import { error_words, messages } from "../messages.js";
import { job_href } from "../router.js";
import { kinds, now_ms } from "../store.js";
import { may_change } from "../who.js";
import { Icon, IconButton } from "./icons.js";
import { ProgressBar, ProgressWords, Status } from "./progress.js";

const t = messages("line");

export const kind_title = (name) => kinds.value.find((kind) => kind.name === name)?.title || name;

/** How long ago this job's estimate was heard, in ms. */
export const estimate_age_ms = (job) => Math.max(0, now_ms.value - (job.heard_at ?? now_ms.value));

export function Title({ job }) {
  return html`<a class="job-title" href=${job_href(job.id)} title=${job.title}>${job.title}</a>`;
}

/** The button that cancels a job, or says that it has been asked to stop. */
export function CancelButton({ job, look = "danger" }) {
  if (!may_change(job)) return null;
  if (job.cancel_requested_at) return html`<button type="button" class=${look} disabled>${t("stopping")}</button>`;
  return html`<button type="button" class=${look} aria-label=${t("cancel_one", { title: job.title })}
    onClick=${() => actions.cancel(job)}>${t("cancel")}</button>`;
}

/** The job that is being served: the largest thing on the page. */
export function RunningJob({ job }) {
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  const since = job.started_at && elapsed(seconds_between(job.started_at, null, now_ms.value));
  return html`<article class="panel running" data-job=${job.id}>
    <header>
      <div><p class="eyebrow">${t("now_serving")} · ${kind_title(job.kind)}</p><h2><${Title} job=${job} /></h2></div>
      <${CancelButton} job=${job} look="small quiet" />
    </header>
    <${ProgressBar} job=${job} />
    <p class="under"><${ProgressWords} job=${job} />
      <span class="muted">
        ${since && t("running_for", { time: since })}
        ${ends && html`<span class="estimate">${` · ${t("done_when", { when: to_come(ends) })}`}</span>`}
      </span>
    </p>
  </article>`;
}

function Grip({ job, handle }) {
  return html`<button type="button" class="icon-button quiet grip" title=${t("drag_hint")}
    aria-label=${t("drag", { title: job.title })} ...${handle}><${Icon} name="grip" /></button>`;
}

/**
 * A waiting job with its number, when it starts, and what moves it. `place` are the props of its row, `handle` those
 * of the grip (null for who may not move it), `pick` its checkbox, `move(to)` what the buttons do.
 */
export function WaitingJob({ job, place, handle, pick, move, is_first, is_last, is_taken, is_picked }) {
  const starts = range(job.estimate?.starts_in, estimate_age_ms(job));
  const { title, position } = job;
  return html`<li class="row waiting ${is_taken ? "taken" : ""} ${is_picked ? "is-picked" : ""}" data-job=${job.id} ...${place}>
    ${pick}
    ${handle && html`<${Grip} job=${job} handle=${handle} />`}
    <span class="ticket" aria-label=${t("number_in_line", { n: position ?? 0 })} role="img">${position ? number(position) : "–"}</span>
    <div class="what"><${Title} job=${job} />
      <small>${kind_title(job.kind)}<span class="estimate">${starts ? ` · ${t("starts_when", { when: to_come(starts) })}` : ""}</span></small>
    </div>
    <div class="row-actions">
      ${handle && html`<${IconButton} icon="front" name=${t("move_front", { title })} disabled=${is_first} onClick=${() => move(1)} />
      <${IconButton} icon="up" name=${t("move_up", { title })} disabled=${is_first} onClick=${() => move(position - 1, true)} />
      <${IconButton} icon="down" name=${t("move_down", { title })} disabled=${is_last} onClick=${() => move(position + 1, true)} />`}
      ${may_change(job) && html`<${IconButton} icon="close" name=${t("cancel_one", { title })} onClick=${() => actions.cancel(job)} />`}
    </div>
  </li>`;
}

/** A row of a long line whose job is still on its way here. */
export function UnknownJob({ index, place }) {
  return html`<li class="row waiting unknown" aria-busy="true" ...${place}>
    <span class="ticket">${number(index + 1)}</span><span class="what" aria-hidden="true"><i class="ghost"></i></span>
  </li>`;
}

/** A job that waits for a person. */
export function HeldJob({ job, pick }) {
  return html`<li class="row held" data-job=${job.id}>
    ${pick}
    <${Status} status="held" />
    <div class="what"><${Title} job=${job} /><small>${kind_title(job.kind)} · ${t("waits_for_you")}</small></div>
    <div class="row-actions">
      <a class="button small primary" href=${job_href(job.id)} aria-label=${t("look_at", { title: job.title })}>${t("look")}</a>
      ${may_change(job) && html`<${IconButton} icon="close" name=${t("cancel_one", { title: job.title })} onClick=${() => actions.cancel(job)} />`}
    </div>
  </li>`;
}

/** What became of a job, in a few words. */
export function outcome(job) {
  if (job.status === "failed") return (job.error && error_words(job.error).message) || t("status_failed");
  const failed = job.items?.failed ?? 0;
  const parts = [kind_title(job.kind)];
  if (job.cached) parts.push(t("known_before"));
  else if (job.started_at && job.finished_at && job.status === "completed") {
    parts.push(t("took", { time: duration(seconds_between(job.started_at, job.finished_at)) }));
  }
  if (failed) parts.push(t("items_failed", { n: failed, total: job.items.total }));
  return parts.join(" · ");
}

/** A job that is over. */
export function FinishedJob({ job, place, pick, is_picked }) {
  const is_partial = job.status === "completed" && job.items?.failed > 0;
  return html`<li class="row finished ${is_picked ? "is-picked" : ""}" data-job=${job.id} ...${place}>
    ${pick}
    <${Status} status=${job.status} is_partial=${is_partial} />
    <div class="what"><${Title} job=${job} /><small>${outcome(job)}</small></div>
    <time class="muted" datetime=${job.finished_at} title=${job.finished_at && full_time(job.finished_at)}>
      ${job.finished_at && when(job.finished_at, now_ms.value)}
    </time>
  </li>`;
}
