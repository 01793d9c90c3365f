// The plain facts of a job: its times, what it was given, where it stands.

import { duration, elapsed, full_time, label, seconds_between, size } from "../format.js";
import { html } from "../html.js";
import { batch_href, job_href } from "../router.js";
import { now_ms } from "../store.js";

function times({ created_at, started_at, finished_at, status }) {
  const facts = [["Handed in", full_time(created_at)]];
  if (started_at) facts.push(["Waited", duration(seconds_between(created_at, started_at))]);
  if (started_at && finished_at) facts.push(["Took", duration(seconds_between(started_at, finished_at))]);
  if (started_at && status === "running") {
    facts.push(["Running for", elapsed(seconds_between(started_at, null, now_ms.value))]);
  }
  if (finished_at) facts.push(["Over since", full_time(finished_at)]);
  return facts;
}

function Inputs({ inputs }) {
  return html`<ul class="plain">${inputs.map(
    ({ name, size_bytes }) => html`<li>${name} <span class="muted">${size(size_bytes)}</span></li>`,
  )}</ul>`;
}

function value_of(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ") || "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Args({ args }) {
  const given = Object.entries(args).filter(([, value]) => value !== null);
  return html`<ul class="plain">${given.map(
    ([name, value]) => html`<li><span class="muted">${label(name)}</span> ${value_of(value)}</li>`,
  )}</ul>`;
}

/** A list of terms and their values. */
export function Facts({ job }) {
  const has_args = Object.keys(job.args ?? {}).length > 0;
  return html`<section class="panel facts" aria-labelledby="facts-title">
    <h2 id="facts-title">About this job</h2>
    <dl>
      ${times(job).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}
      ${job.attempt > 1 && html`<div><dt>Attempt</dt><dd>${job.attempt}</dd></div>`}
      ${job.batch_id && html`<div><dt>Part of</dt><dd><a href=${batch_href(job.batch_id)}>a batch</a>, number ${job.sequence}</dd></div>`}
      ${job.retry_of && html`<div><dt>Retry of</dt><dd><a href=${job_href(job.retry_of)}>an earlier job</a></dd></div>`}
      ${job.superseded_by && html`<div><dt>Done again by</dt><dd><a href=${job_href(job.superseded_by)}>a later job</a></dd></div>`}
      ${job.inputs?.length > 0 && html`<div><dt>Given</dt><dd><${Inputs} inputs=${job.inputs} /></dd></div>`}
      ${has_args && html`<div class="options-given"><dt>Options</dt><dd><${Args} args=${job.args} /></dd></div>`}
      <div><dt>Id</dt><dd><code>${job.id}</code></dd></div>
    </dl>
  </section>`;
}
