// The plain facts of a job: its times, what it was given, where it stands.

import { full_time, label, size } from "../format.js";
import { html } from "../html.js";
import { schema_words } from "../args_words.js";
import { kind_words, messages } from "../messages.js";
import { batch_href, job_href } from "../router.js";
import { kinds } from "../store.js";

const t = messages("job");

function times({ created_at, started_at, finished_at }) {
  const facts = [[t("handed_in"), full_time(created_at)]];
  if (started_at) facts.push([t("started"), full_time(started_at)]);
  if (finished_at) facts.push([t("over_since"), full_time(finished_at)]);
  return facts;
}

function Inputs({ inputs }) {
  return html`<ul class="plain">${inputs.map(
    ({ name, size_bytes }) => html`<li>${name} <span class="muted">${size(size_bytes)}</span></li>`,
  )}</ul>`;
}

function value_of(value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  return typeof value === "object" ? html`<code>${JSON.stringify(value)}</code>` : String(value);
}

const is_said = (value) => value !== null && (typeof value !== "object" || Object.keys(value).length > 0);

function Args({ kind, args }) {
  const schema = kinds.value.find(({ name }) => name === kind)?.args ?? {};
  const { properties: fields = {} } = schema_words(schema, kind_words(kind));
  const chosen = (name, value) => fields[name]?.labels?.[fields[name].enum.indexOf(value)];
  const given = Object.entries(args).filter(([, value]) => is_said(value));
  return html`<ul class="plain">${given.map(
    ([name, value]) => html`<li><span class="muted">${fields[name]?.title ?? label(name)}</span> ${chosen(name, value) ?? value_of(value)}</li>`,
  )}</ul>`;
}

/** A list of terms and their values. */
export function Facts({ job }) {
  const has_args = Object.values(job.args ?? {}).some(is_said);
  const fact = (name, value, kind = "") => html`<div class=${kind}><dt>${t(name)}</dt><dd>${value}</dd></div>`;
  return html`<section class="panel facts" aria-labelledby="facts-title">
    <h2 id="facts-title">${t("about")}</h2>
    <dl>
      ${times(job).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}
      ${job.attempt > 1 && fact("attempt", job.attempt)}
      ${job.batch_id && fact("part_of", html`<a href=${batch_href(job.batch_id)}>${t("a_batch", { n: job.sequence })}</a>`)}
      ${job.retry_of && fact("retry_of", html`<a href=${job_href(job.retry_of)}>${t("an_earlier_job")}</a>`)}
      ${job.superseded_by && fact("done_again_by", html`<a href=${job_href(job.superseded_by)}>${t("a_later_job")}</a>`)}
      ${job.inputs?.length > 0 && fact("given", html`<${Inputs} inputs=${job.inputs} />`, "inputs-given")}
      ${has_args && fact("options", html`<${Args} kind=${job.kind} args=${job.args} />`, "options-given")}
      ${fact("id", html`<code>${job.id}</code>`)}
    </dl>
  </section>`;
}
