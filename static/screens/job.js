// One job: what happens to it now, what came of it, and everything that is known about it.

import * as actions from "../actions.js";
import * as api from "../api.js";
import { begin_with } from "../draft.js";
import { number, range, to_come } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { items_view_for, progress_view_for, view_for } from "../kinds/registry.js";
import { move_to } from "../line_moves.js";
import { error_words, messages, sentence_words } from "../messages.js";
import { Artifacts } from "../parts/artifacts.js";
import { CopyCurl } from "../parts/copy.js";
import { Facts } from "../parts/facts.js";
import { Held } from "../parts/held.js";
import { Icon } from "../parts/icons.js";
import { Items } from "../parts/items.js";
import { CancelButton, estimate_age_ms, kind_title } from "../parts/job_row.js";
import { Log } from "../parts/log.js";
import { ProgressBar, ProgressWords, Stages, Status } from "../parts/progress.js";
import { Timings } from "../parts/timings.js";
import { trouble } from "../parts/toasts.js";
import { go } from "../router.js";
import { is_terminal } from "../state.js";
import { dispatch, kinds, load_job, server, state } from "../store.js";
import { is_admin, may_change } from "../who.js";

const t = messages("job");
const DEEP = 50; // the places that the stream tells of by itself
const AGAIN_MS = 4_000;

async function load(id, set_found) {
  try {
    const is_there = await load_job(id);
    set_found(is_there);
    if (is_there) dispatch({ type: "items", job_id: id, items: await api.items(id) });
  } catch (problem) {
    if (problem.status === 404) set_found(false);
    else if (problem.status) trouble(problem);
  }
}

function retry_words(job) {
  if (job.superseded_by || !may_change(job)) return null;
  if (job.status === "failed" || job.status === "cancelled") return t("do_again");
  const failed = (job.items?.failed ?? 0) + (job.items?.needs_review ?? 0);
  return job.status === "completed" && failed ? t("retry_failed", { n: failed }) : null;
}

function Actions({ job }) {
  const again = retry_words(job);
  const can_edit = is_terminal(job) && may_change(job) && kinds.value.some((kind) => kind.name === job.kind && kind.available !== false);
  const edit = () => {
    begin_with(job);
    go("#/");
  };
  return html`<div class="actions">
    ${!is_terminal(job) && html`<${CancelButton} job=${job} />`}
    ${again && html`<button type="button" class="primary" onClick=${() => actions.retry_and_show(job)}><${Icon} name="retry" />${again}</button>`}
    ${can_edit && html`<button type="button" onClick=${edit}><${Icon} name="edit" />${t("edit_again")}</button>`}
    ${is_terminal(job) && may_change(job) && html`<button type="button" class="quiet" onClick=${() => actions.remove(job)}><${Icon} name="trash" />${t("remove")}</button>`}
  </div>`;
}

// Further back than the stream tells, the place is asked for.
function use_place(job) {
  const lanes = state.value.lanes;
  useEffect(() => {
    if (job.position && job.position <= DEEP) return undefined;
    const timer = setTimeout(() => server.value.is_live && load_job(job.id).catch(() => {}), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [lanes, job.position]);
}

function InLine({ job }) {
  use_place(job);
  const starts = range(job.estimate?.starts_in, estimate_age_ms(job));
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  const lane = state.value.lanes[job.lane];
  const when = starts ? t(ends ? "starts_and_done" : "starts", { starts: to_come(starts), ends: ends && to_come(ends) }) : t("no_estimate");
  return html`<section class="panel in-line" aria-label=${t("place_in_line")}>
    <span class="ticket large">${job.position ? number(job.position) : "–"}</span>
    <div><h2>${job.position === 1 ? t("next") : t("number_in_line", { n: job.position ?? 0 })}</h2>
      ${lane?.paused && html`<p class="standing-note"><${Icon} name="pause" />${lane.pause_reason ? t("standing_because", { reason: sentence_words(lane.pause_reason) }) : t("standing")}</p>`}
      <p class="muted">${when} ${t("may_close")}</p>
      ${job.position > 1 && is_admin.value && html`<button type="button" class="small" onClick=${() => move_to(job, 1)}><${Icon} name="front" />${t("to_front")}</button>`}
    </div>
  </section>`;
}

function Running({ job }) {
  const View = progress_view_for(job.kind);
  const ends = range(job.estimate?.finishes_in, estimate_age_ms(job));
  return html`<section class="panel running" aria-label=${t("progress")}>
    <${ProgressBar} job=${job} />
    <p class="under"><${ProgressWords} job=${job} />${ends && html`<span class="estimate muted">${t("done_when", { when: to_come(ends) })}</span>`}</p>
    ${View ? html`<${View} job=${job} />` : html`<${Stages} stages=${job.progress?.stages} />`}
  </section>`;
}

function Failure({ job }) {
  const { code, retriable } = job.error;
  const { message, remediation, own, last } = error_words(job.error);
  return html`<section class="panel failure" aria-label=${t("what_went_wrong")}>
    <h2><${Icon} name="alert" />${message}</h2>
    ${remediation && html`<p>${remediation}</p>`}
    ${!message.includes(own) && html`<p class="muted" lang="en">${own}</p>`}
    ${last && html`<details><summary>${t("last_lines")}</summary>
      <pre class="json" tabindex="0" aria-label=${t("last_lines")}>${last}</pre></details>`}
    <p class="muted"><a href=${`/problems/${code.replaceAll("_", "-")}`}><code>${code}</code></a>${retriable ? ` · ${t("may_work")}` : ""}</p>
  </section>`;
}

function Result({ job }) {
  const View = view_for(job.kind);
  if (job.status !== "completed") return null;
  if (View) return html`<${View} job=${job} />`;
  if (!job.output || !Object.keys(job.output).length) return null;
  return html`<section class="panel" aria-labelledby="result-title"><h2 id="result-title">${t("result")}</h2>
    <pre class="json" tabindex="0" aria-labelledby="result-title">${JSON.stringify(job.output, null, 2)}</pre></section>`;
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
  return html`<section class="panel nobody"><h1>${t("no_such_job")}</h1>
    <p class="muted">${t("no_such_job_hint")}</p>
    <span class="actions"><a class="button" href="#/">${t("to_line")}</a><a class="button quiet" href="#/history">${t("to_history")}</a></span></section>`;
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
  if (!job) return is_found ? html`<p class="muted" aria-busy="true">${t("looking")}</p>` : html`<${Unknown} />`;
  return html`<div class="job" data-job=${id}>
    <a class="back" href="#/"><${Icon} name="back" />${t("the_line")}</a>
    <header class="job-header">
      <div><h1>${job.title}</h1>
        <p class="sub"><${Status} status=${job.status} is_partial=${job.status === "completed" && job.items?.failed > 0} />
          <span class="muted">${kind_title(job.kind)}${job.cached ? ` · ${t("known_before")}` : ""}</span></p>
      </div>
      <${Actions} job=${job} />
    </header>
    ${job.status === "queued" && html`<${InLine} job=${job} />`}
    ${job.status === "running" && html`<${Running} job=${job} />`}
    ${job.status === "held" && html`<${Held} job=${job} />`}
    ${job.error && html`<${Failure} job=${job} />`}
    <${Result} job=${job} />
    ${is_terminal(job) && job.progress?.stages?.length > 0 && html`<section class="panel" aria-labelledby="stages-title">
      <h2 id="stages-title">${t("stages")}</h2><${Stages} stages=${job.progress.stages} /></section>`}
    <${ItemsOf} job=${job} items=${state.value.items[id]} />
    <${Artifacts} job=${job} />
    <${Timings} job=${job} />
    <${Facts} job=${job} />
    <${Log} job=${job} />
    <div class="actions curls"><${CopyCurl} what="curl_again" subject=${job} label=${t("curl_again")} />
      <${CopyCurl} what="curl_job" subject=${job} label=${t("curl_job")} /></div>
  </div>`;
}
