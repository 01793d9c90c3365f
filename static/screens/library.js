// The library: ask what was put in, read it at its place, look through documents and names.

import { html, useMemo, useRef, useState } from "../html.js";
import { Icon } from "../parts/icons.js";
import { go, route, set_query } from "../router.js";
import { server } from "../store.js";
import * as library from "../kinds/ingestion/api.js";
import { library_href, read_address, said_of } from "../kinds/ingestion/address.js";
import { use_asking } from "../kinds/ingestion/asking.js";
import { Documents } from "../kinds/ingestion/documents.js";
import { Hits } from "../kinds/ingestion/hits.js";
import { marked_words, words_in } from "../kinds/ingestion/marks.js";
import { Names } from "../kinds/ingestion/names.js";
import { Empty, ModelNotice, OnTheWay, add_documents, jobs_done } from "../kinds/ingestion/notices.js";
import { Reader } from "../kinds/ingestion/reader.js";
import { leaving, removals } from "../kinds/ingestion/removal.js";
import { SearchBox } from "../kinds/ingestion/search_box.js";
import { decimal, t } from "../kinds/ingestion/words.js";

const PAGE = 50;

/** Documents of the address's filters, page by page; asked again when `epoch` changes. */
function use_documents(place, epoch) {
  const key = JSON.stringify([place.kind, place.tag, place.since, place.until, place.sort, epoch]);
  const first = use_asking(key, (signal) => library.documents({ ...place, q: "" }, { limit: PAGE }, signal));
  const [added, set_added] = useState({ key: null, documents: [], cursor: null });
  const has_more = added.key === key;
  const cursor = has_more ? added.cursor : (first.answer?.next_cursor ?? null);
  const documents = [...(first.answer?.documents ?? []), ...(has_more ? added.documents : [])];
  const more = async () => {
    const page = await library.documents({ ...place, q: "" }, { limit: PAGE, cursor });
    set_added({ key, documents: [...(has_more ? added.documents : []), ...page.documents], cursor: page.next_cursor });
  };
  return { ...first, documents, more: cursor && !first.is_busy ? more : null };
}

function Title({ totals }) {
  return html`<header class="library-head">
    <div><h1>${t("library")}</h1>
      ${totals?.documents > 0 && html`<p class="muted">${t("holds_documents", { n: totals.documents })} · ${t("holds_parts", { n: totals.chunks })} · ${t("holds_names", { n: totals.entities })}</p>`}</div>
    ${totals?.documents > 0 && html`<button type="button" onClick=${add_documents}><${Icon} name="plus" />${t("add")}</button>`}
  </header>`;
}

function Views({ place }) {
  const view = (name) => html`<a class="tab" href=${library_href({ ...place, view: name, q: "", document: "", chunk: "" })}
    aria-current=${place.view === name ? "page" : null}>${t(`view_${name}`)}</a>`;
  return html`<nav class="tabs" aria-label=${t("views")}>${view("documents")}${view("names")}</nav>`;
}

function Found({ asked, place, field }) {
  const { answer, problem, is_busy } = asked;
  const hits = answer?.hits.filter(({ document_id: id }) => !leaving.value.has(id)) ?? [];
  if (problem) return html`<p class="notice trouble" role="alert"><${Icon} name="alert" /><span>${problem.message}</span></p>`;
  return html`<section class="found" aria-labelledby="found-title" aria-busy=${is_busy}>
    <h2 id="found-title" class="section-title" aria-live="polite">${answer ? t(hits.length < library.HITS ? "hits" : "best_hits", { n: hits.length }) : t("asking")}
      ${answer && html`<small class="muted">${t("took", { time: decimal(answer.took_ms, 0) })}</small>`}</h2>
    ${hits.length > 0 && html`<${Hits} hits=${hits} place=${place} mode=${answer.search_type} before=${() => field.current} label=${t("found_list")} />`}
    ${answer && !hits.length && html`<div class="panel nothing"><p>${t("nothing_found", { question: answer.query })}</p><p class="muted">${t("nothing_hint")}</p></div>`}
  </section>`;
}

function Problem({ problem }) {
  return html`<section class="panel failure"><h2><${Icon} name="alert" />${problem.message}</h2>
    ${problem.remediation && html`<p>${problem.remediation}</p>`}</section>`;
}

/** The screen at #/library. */
export function Library() {
  const place = read_address(route.value.query);
  const field = useRef(null);
  const list = useRef(null);
  const epoch = `${jobs_done()}/${removals.value}/${server.value.is_live}`;
  const documents = use_documents(place, epoch);
  const question = place.q.trim() ? JSON.stringify([place.q.trim(), place.mode, place.kind, place.tag, place.in, place.since, place.until, epoch]) : null;
  const asked = use_asking(question, (signal) => library.search(place, signal));
  const change = (changes) => set_query(said_of({ ...place, ...read_address(route.value.query), ...changes }));
  const close = () => go(library_href({ ...place, document: "", chunk: "" }));
  const words = useMemo(() => (question ? marked_words(asked.answer?.hits ?? []) : words_in(place.entity)), [asked.answer, question, place.entity]);
  if (documents.problem && !documents.answer) return html`<h1>${t("library")}</h1><${Problem} problem=${documents.problem} />`;
  const { answer: listed } = documents;
  if (!listed) return html`<h1>${t("library")}</h1><p class="muted" aria-busy="true">${t("looking")}</p>`;
  const { totals, model } = listed;
  const is_reading = place.document && !leaving.value.has(place.document);
  const hit = asked.answer?.hits.find((one) => one.document_id === place.document && one.chunk === place.chunk) ?? null;
  const known = [...documents.documents, ...(asked.answer?.hits ?? [])];
  const name_of = (id) => known.find((one) => one.document_id === id)?.title ?? t("one_document");
  const first_hit = () => list.current?.querySelector(".hit-link, tbody a");
  return html`<div class="library ${is_reading ? "is-reading" : ""}">
    <${Title} totals=${totals} />
    <${OnTheWay} />
    ${!totals.documents ? html`<${Empty} />` : html`
      <${SearchBox} place=${place} change=${change} tags=${totals.tags} in_name=${name_of(place.in)} field=${field} first_hit=${first_hit} />
      <${ModelNotice} model=${model} totals=${totals} answer=${asked.answer} asked=${place.mode} />
      <div class="library-body">
        <div class="library-list" ref=${list}>
          ${question === null && html`<${Views} place=${place} />`}
          ${question !== null && html`<${Found} asked=${asked} place=${place} field=${field} />`}
          ${question === null && place.view !== "names" && html`<${Documents} documents=${documents.documents} place=${place} change=${change} more=${documents.more} is_busy=${documents.is_busy} />`}
          ${question === null && place.view === "names" && html`<${Names} place=${place} change=${change} epoch=${epoch} in_name=${name_of(place.in)} />`}
        </div>
        ${is_reading && html`<${Reader} key=${place.document} place=${place} hit=${hit} words=${words} close=${close} />`}
      </div>`}
  </div>`;
}
