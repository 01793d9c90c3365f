// A document to read: its chunks in order, with pages and headings, and the place that was found in view.

import * as library from "./api.js";
import { html, useEffect, useMemo, useRef, useState } from "../../html.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { library_href } from "./address.js";
import { Marked } from "./hits.js";
import { blocks_of, passage_of, ranges_of } from "./marks.js";
import { day, kind_word, page_word, pages_word, t, whole } from "./words.js";

const AT_ONCE = 12;
const BEFORE = 2; // chunks above the one that was asked for

function use_chunks(id, wanted) {
  const [told, set_told] = useState({ document: null, chunks: [], problem: null, loads: 0 });
  const is_loading = useRef(false);
  useEffect(() => {
    const abort = new AbortController();
    const has_it = told.document?.document_id === id && told.chunks.some(({ chunk }) => chunk === (wanted ?? 0));
    if (has_it) return undefined;
    library.document(id, { first: Math.max(0, (wanted ?? 0) - BEFORE), limit: AT_ONCE }, abort.signal).then(
      (document) => set_told(({ loads }) => ({ document, chunks: document.chunks, problem: null, loads: loads + 1 })),
      (problem) => !abort.signal.aborted && set_told(({ loads }) => ({ document: null, chunks: [], problem, loads })),
    );
    return () => abort.abort();
  }, [id, wanted]);
  const load = async (first, limit, join) => {
    if (is_loading.current) return;
    is_loading.current = true;
    try {
      const { chunks } = await library.document(id, { first, limit });
      set_told((before) => (before.document?.document_id === id ? { ...before, chunks: join(before.chunks, chunks) } : before));
    } finally {
      is_loading.current = false;
    }
  };
  const [first, last] = [told.chunks[0]?.chunk ?? 0, told.chunks.at(-1)?.chunk ?? -1];
  const earlier = () => load(Math.max(0, first - AT_ONCE), Math.min(first, AT_ONCE), (known, more) => [...more, ...known]);
  const later = () => load(last + 1, AT_ONCE, (known, more) => [...known, ...more]);
  return { ...told, earlier: first > 0 ? earlier : null, later: last + 1 < (told.document?.chunk_count ?? 0) ? later : null };
}

// The panel scrolls by itself where it stands beside the list; on a small screen the page does.
function bring_into_view(body, target) {
  const is_scroller = body.scrollHeight > body.clientHeight + 1;
  if (!is_scroller) return target.scrollIntoView({ block: "center" });
  const down = target.getBoundingClientRect().top - body.getBoundingClientRect().top;
  body.scrollTop += down - body.clientHeight / 3;
  return target.scrollIntoView({ block: "nearest" }); // the panel itself may reach below the window
}

function Block({ block, words, kind }) {
  const marked = html`<${Marked} text=${block.text} ranges=${ranges_of(block.text, words)} />`;
  const passage = block.is_passage ? "passage" : "";
  return html`${block.page !== null && html`<p class="page-mark"><span>${page_word(kind, block.page)}</span></p>`}
    ${block.level
      ? html`<p class="read-heading level-${block.level} ${passage}" role="heading" aria-level="3">${marked}</p>`
      : html`<p class="read-text ${passage}">${marked}</p>`}`;
}

function Chunk({ chunk, previous, hit, words, kind, is_wanted }) {
  const blocks = useMemo(() => blocks_of(chunk, hit ? passage_of(chunk, hit) : null, previous), [chunk, hit, previous]);
  return html`<section class="read-chunk ${is_wanted ? "is-wanted" : ""}" data-chunk=${chunk.chunk}
    aria-label=${t("part", { number: chunk.chunk + 1 })}>
    ${blocks.map((block) => html`<${Block} key=${block.offset} block=${block} words=${words} kind=${kind} />`)}
  </section>`;
}

function page_at_end(chunk) {
  return chunk?.marks.findLast(({ page }) => page != null)?.page ?? null;
}

// What is near the end of the view is fetched before somebody gets there; the button is for those without this.
function More({ load, root }) {
  const button = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && load(), { root: root.current, rootMargin: "300px" });
    watcher.observe(button.current);
    return () => watcher.disconnect();
  }, [load]);
  return html`<button ref=${button} type="button" class="quiet wide" onClick=${load}>${t("read_on")}</button>`;
}

function Facts({ document }) {
  const facts = [kind_word(document.kind), document.pages && pages_word(document.kind, document.pages), t("parts", { n: document.chunk_count }),
    document.version > 1 && t("version", { number: document.version }), day(document.updated_at)];
  return html`<p class="muted reader-facts">${facts.filter(Boolean).join(" · ")}</p>`;
}

function Head({ document, place, close }) {
  const { document_id: id, file_name, title, file_url } = document;
  return html`<header class="reader-head">
    <div><h2 id="reader-title">${title}</h2>
      ${title !== file_name && html`<p class="reader-file">${file_name}</p>`}<${Facts} document=${document} /></div>
    <${IconButton} icon="close" name=${t("close_document")} onClick=${close} />
    <p class="actions">
      <a class="button small" href=${library_href({ ...place, in: id, view: "" })}><${Icon} name="search" />${t("search_inside")}</a>
      ${document.entities.length > 0 && html`<a class="button small" href=${library_href({ in: id, view: "names" })}><${Icon} name="graph" />${t("names_inside")}</a>`}
      ${file_url
        ? html`<a class="button small" href=${file_url} download=${file_name}><${Icon} name="download" />${t("original")}</a>`
        : html`<span class="muted">${t("original_gone")}</span>`}
    </p>
    ${document.faults.length > 0 && html`<details class="faults"><summary>${t("faults", { n: document.faults.length })}</summary>
      <ul class="plain">${document.faults.map(({ part, message, code }) => html`<li><strong>${part}</strong> ${message} <code>${code}</code></li>`)}</ul>
    </details>`}
  </header>`;
}

/** The panel. `hit` is what was found at the place, if anything; `words` are marked wherever they stand. */
export function Reader({ place, hit, words, close }) {
  const { document, chunks, problem, loads, earlier, later } = use_chunks(place.document, place.chunk);
  const body = useRef(null);
  const panel = useRef(null);
  const is_there = document?.document_id === place.document && chunks.some(({ chunk }) => chunk === place.chunk);
  useEffect(() => {
    const target = [".passage mark", ".passage", ".is-wanted mark", ".is-wanted"].map((one) => body.current?.querySelector(one)).find(Boolean);
    if (is_there && target) bring_into_view(body.current, target);
    else body.current?.scrollTo(0, 0);
  }, [place.document, place.chunk, is_there, loads, hit?.chunk_id]);
  useEffect(() => {
    // Who opened it by a link goes on reading with the keyboard; who came with an address keeps the focus.
    if (document && window.document.activeElement?.closest(".hits, .documents, .evidence")) panel.current.focus({ preventScroll: true });
  }, [document?.document_id, place.chunk]);
  const press = (event) => event.key === "Escape" && close();
  if (problem) {
    return html`<section class="panel reader failure" aria-label=${t("document")}><h2>${problem.status === 404 ? t("document_gone") : problem.message}</h2>
      <button type="button" onClick=${close}>${t("close_document")}</button></section>`;
  }
  return html`<section ref=${panel} class="panel reader" tabindex="-1" aria-labelledby="reader-title" aria-busy=${document === null} onKeyDown=${press}>
    ${document && html`<${Head} document=${document} place=${place} close=${close} />`}
    <div ref=${body} class="reader-body" tabindex="0" role="group" aria-label=${t("text")}>
      ${earlier && html`<button type="button" class="quiet wide" onClick=${earlier}>${t("read_before", { number: whole(chunks[0].chunk) })}</button>`}
      ${chunks.map((chunk, index) => html`<${Chunk} key=${chunk.chunk_id} chunk=${chunk} words=${words} kind=${document.kind} is_wanted=${chunk.chunk === place.chunk}
        hit=${chunk.chunk === place.chunk ? hit : null} previous=${page_at_end(chunks[index - 1])} />`)}
      ${later && html`<${More} load=${later} root=${body} />`}
    </div>
  </section>`;
}
