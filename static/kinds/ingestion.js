// What came of putting documents in: which are in the library, which are not and why.

import * as api from "../api.js";
import { duration, seconds_between } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { error_words } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { library_href } from "./ingestion/address.js";
import { kind_word, t, whole } from "./ingestion/words.js";

const SHOWN = 50;

// The small output lists the first documents only; ingestion.json has all of them.
async function load_results(job) {
  const artifact = job.output.results_omitted ? job.artifacts?.find(({ name }) => name === "ingestion.json") : null;
  return artifact ? (await api.get_json(artifact.url)).results : job.output.results;
}

function Sums({ job }) {
  const { documents, chunks, entities, relations, pictures } = job.output;
  const kept = documents.total - documents.failed;
  const facts = [["sum_documents", kept], ["sum_parts", chunks], ["sum_names", entities], ["sum_relations", relations], ["sum_pictures", pictures]];
  const took = job.started_at && job.finished_at ? duration(seconds_between(job.started_at, job.finished_at)) : null;
  return html`<dl class="sums">
    ${facts.filter(([, value]) => value).map(([key, value]) => html`<div><dt>${t(key, { n: value })}</dt><dd>${whole(value)}</dd></div>`)}
    ${took && html`<div><dt>${t("sum_time")}</dt><dd>${took}</dd></div>`}
  </dl>`;
}

function Refused({ results }) {
  if (!results.length) return null;
  return html`<section class="panel refused" aria-labelledby="refused-title">
    <h2 id="refused-title"><${Icon} name="alert" />${t("refused", { n: results.length })}</h2>
    <ul>${results.map(({ source, error }) => html`<li key=${source}><strong>${source}</strong><p>${error_words(error).message}</p><code>${error.code}</code></li>`)}</ul>
  </section>`;
}

function Faults({ faults }) {
  if (!faults?.length) return null;
  return html`<details class="faults"><summary>${t("faults", { n: faults.length })}</summary>
    <ul class="plain">${faults.map(({ part, message, code }) => html`<li><strong>${part}</strong> ${error_words({ code, message }).message} <code>${code}</code></li>`)}</ul></details>`;
}

function Row({ result }) {
  const { source, title, status, document_id: id, format, pages, chunks, entities, faults } = result;
  return html`<tr><th scope="row"><a href=${library_href({ document: id })}>${title || source}</a>
      <p class="document-sub">${title && title !== source && html`<span>${source}</span>`}<span class="came came-${status}">${t(`came_${status}`)}</span></p>
      <${Faults} faults=${faults} /></th>
    <td class="wide-column">${format ? html`<span class="format">${kind_word(format)}</span>` : "–"}</td>
    <td class="number wide-column">${pages ? whole(pages) : "–"}</td>
    <td class="number">${whole(chunks ?? 0)}</td>
    <td class="number">${whole(entities ?? 0)}</td></tr>`;
}

function Kept({ results }) {
  const [is_open, set_open] = useState(false);
  const shown = is_open ? results : results.slice(0, SHOWN);
  return html`<section class="panel kept" aria-labelledby="kept-title">
    <header><h2 id="kept-title">${t("in_the_library")}</h2>
      <a class="button small primary" href=${library_href({})}><${Icon} name="search" />${t("ask_them")}</a></header>
    <table><thead><tr><th scope="col">${t("column_title")}</th><th scope="col" class="wide-column">${t("column_kind")}</th>
      <th scope="col" class="number wide-column">${t("column_pages")}</th><th scope="col" class="number">${t("column_parts")}</th><th scope="col" class="number">${t("column_names")}</th></tr></thead>
      <tbody>${shown.map((result) => html`<${Row} key=${result.document_id} result=${result} />`)}</tbody></table>
    ${results.length > shown.length && html`<button type="button" class="quiet wide" onClick=${() => set_open(true)}>${t("show_all", { n: results.length })}</button>`}
  </section>`;
}

/** The result of an ingestion job. */
export function IngestionResult({ job }) {
  const [results, set_results] = useState(null);
  const [problem, set_problem] = useState(null);
  useEffect(() => {
    if (job.output) load_results(job).then(set_results, set_problem);
  }, [job.id, job.output]);
  if (problem) return html`<section class="panel failure"><p>${problem.message}</p></section>`;
  if (!results) return html`<section class="panel" aria-busy="true"><p class="muted">${t("reading_results")}</p></section>`;
  const kept = results.filter(({ status }) => status !== "failed");
  return html`<div class="ingestion-result">
    <section class="panel"><h2 class="visually-hidden">${t("result")}</h2><${Sums} job=${job} />
      ${job.output.embedding === null && html`<p class="notice" role="note"><${Icon} name="alert" /><span>${t("no_model")}</span></p>`}</section>
    <${Refused} results=${results.filter(({ status }) => status === "failed")} />
    ${kept.length > 0 && html`<${Kept} results=${kept} />`}
  </div>`;
}
