// What the sheets of a batch say about a swimmer, as far as they have been read.

import * as api from "../../api.js";
import { html, useEffect, useMemo, useState } from "../../html.js";
import { messages, sentence_words } from "../../messages.js";
import { trouble } from "../../parts/toasts.js";
import { Calendar } from "./calendar.js";
import { Choices, PageLinks, SomebodyElse } from "./choices.js";
import { Sessions } from "./events.js";
import { sessions } from "./order.js";

const t = messages("heatsheets");

/** Remarks of the sheets. */
export function Warnings({ warnings }) {
  if (!warnings.length) return null;
  return html`<ul class="plain warnings">${warnings.map((warning) => html`<li>${sentence_words(warning)}</li>`)}</ul>`;
}

function Nothing({ results, is_over }) {
  if (results.choices.length || results.links.length) return null;
  if (!is_over) return html`<p class="muted" aria-busy="true">${t("reading")}</p>`;
  return html`<p class="muted">${t("on_none", { name: results.swimmerName })}</p>`;
}

/** The view of a batch of this kind. */
export function HeatsheetsBatch({ batch, over, total }) {
  const [results, set_results] = useState(null);
  const [left_out, set_left_out] = useState(new Set());
  useEffect(() => {
    api.get_json(`/api/batch/${encodeURIComponent(batch.id)}/results`).then(set_results, trouble);
  }, [batch.id, over]);
  const groups = useMemo(() => (results ? sessions(results.events, results.sources) : []), [results]);
  if (!results) return html`<section class="panel" aria-busy="true"><p class="muted">${t("reading_results")}</p></section>`;
  const { events, swimmerName } = results;
  const picked = events.filter(({ eventKey }) => !left_out.has(eventKey));
  const pick = (key) => {
    const next = new Set(left_out);
    if (!next.delete(key)) next.add(key);
    set_left_out(next);
  };
  const keys = picked.length < events.length ? picked.map(({ eventKey }) => eventKey) : null;
  return html`<div class="heatsheets">
    <section class="panel swims-panel" aria-labelledby="swims-title">
      <h2 id="swims-title">${swimmerName} <small class="muted">${events.length ? t("events", { n: events.length }) : ""}</small></h2>
      <${Sessions} groups=${groups} left_out=${left_out} on_pick=${pick} />
      ${!events.length && html`<${Nothing} results=${results} is_over=${over === total} />`}
      <${Warnings} warnings=${results.warnings} />
    </section>
    ${results.links.length > 0 && html`<${PageLinks} key=${results.links.length} batch=${batch} links=${results.links} />`}
    ${!events.length && html`<${Choices} batch_id=${batch.id} results=${results} />`}
    ${events.length > 0 && html`<${Calendar} url=${results.calendarUrl} csv_url=${results.csvUrl} events=${picked} keys=${keys} />`}
    <${SomebodyElse} batch_id=${batch.id} />
  </div>`;
}
