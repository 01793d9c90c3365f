// What one sheet says about a swimmer.

import { plural } from "../../format.js";
import { html } from "../../html.js";
import { batch_href } from "../../router.js";
import { Warnings } from "./batch.js";
import { Sessions } from "./events.js";
import { sessions } from "./order.js";

const said = ({ name, team, age }) => [name, team, age && `age ${age}`].filter(Boolean).join(", ");

/** The result of a heatsheets job. */
export function HeatsheetsResult({ job }) {
  const output = job.output;
  if (!output) return html`<section class="panel" aria-busy="true"><p class="muted">Reading the results…</p></section>`;
  const { events, choices, links = [], warnings, swimmerName, meetName, venue, resultCode } = output;
  const facts = [meetName, venue, events.length ? plural(events.length, "event") : null].filter(Boolean);
  return html`<section class="panel swims-panel" aria-labelledby="swims-title">
    <h2 id="swims-title">${swimmerName} <small class="muted">${facts.join(" · ")}</small></h2>
    <${Sessions} groups=${sessions(events)} left_out=${new Set()} on_pick=${null} />
    <${Warnings} warnings=${warnings} />
    ${choices.length > 0 && !events.length && html`<p>Near: ${choices.map(said).join("; ")}</p>`}
    ${links.length > 0 && html`<ul class="plain">${links.map(({ url, label }) => html`<li>${label} <code>${url}</code></li>`)}</ul>`}
    <p class="muted">${resultCode && html`Opens later with the code <code>${resultCode}</code>. `}
      ${job.batch_id && html`<a href=${batch_href(job.batch_id)}>All sheets together</a>`}</p>
  </section>`;
}
