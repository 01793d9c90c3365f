// What one sheet says about a swimmer.

import { html } from "../../html.js";
import { messages } from "../../messages.js";
import { batch_href } from "../../router.js";
import { Warnings } from "./batch.js";
import { Sessions } from "./events.js";
import { sessions } from "./order.js";

const t = messages("heatsheets");
const said = ({ name, team, age }) => [name, team, age && t("age", { age: String(age) })].filter(Boolean).join(", ");

/** The result of a heatsheets job. */
export function HeatsheetsResult({ job }) {
  const output = job.output;
  if (!output) return html`<section class="panel" aria-busy="true"><p class="muted">${t("reading_results")}</p></section>`;
  const { events, choices, links = [], warnings, swimmerName, meetName, venue, resultCode } = output;
  const facts = [meetName, venue, events.length ? t("events", { n: events.length }) : null].filter(Boolean);
  return html`<section class="panel swims-panel" aria-labelledby="swims-title">
    <h2 id="swims-title">${swimmerName} <small class="muted">${facts.join(" · ")}</small></h2>
    <${Sessions} groups=${sessions(events)} left_out=${new Set()} on_pick=${null} />
    <${Warnings} warnings=${warnings} />
    ${choices.length > 0 && !events.length && html`<p>${t("near", { names: choices.map(said).join("; ") })}</p>`}
    ${links.length > 0 && html`<ul class="plain">${links.map(({ url, label }) => html`<li>${label} <code>${url}</code></li>`)}</ul>`}
    <p class="muted">${resultCode && html`${t.parts("opens_later", { code: html`<code>${resultCode}</code>` })} `}
      ${job.batch_id && html`<a href=${batch_href(job.batch_id)}>${t("all_sheets")}</a>`}</p>
  </section>`;
}
