// What was found: each hit with its place, the words that matched, and how each way of searching scored it.

import { html, useMemo } from "../../html.js";
import { library_href } from "./address.js";
import { highlights_of, parts } from "./marks.js";
import { Scores, highest_scores } from "./scores.js";
import { kind_word, page_word } from "./words.js";

const DEEPEST = 2; // headings that are shown; all of them stand in the title

/** Texts with the marked ones as <mark>. */
export function Marked({ text, ranges }) {
  return parts(text, ranges).map((part) => (part.is_marked ? html`<mark>${part.text}</mark>` : part.text));
}

/** Where something stands: file, page, headings. */
export function Citation({ hit }) {
  const headings = hit.heading_path ?? [];
  const place = hit.page == null ? null : page_word(hit.kind, hit.page);
  return html`<p class="citation"><span class="format">${kind_word(hit.kind)}</span>
    <span title=${headings.join(" › ")}>${[hit.file_name, place, headings.slice(-DEEPEST).join(" › ")].filter(Boolean).join(" · ")}</span></p>`;
}

function Hit({ hit, place, highest, mode, is_open }) {
  const href = library_href({ ...place, document: hit.document_id, chunk: hit.chunk });
  const snippet = hit.snippet.trimEnd();
  const is_cut = !hit.text.trimEnd().endsWith(snippet);
  return html`<li class="hit ${is_open ? "is-open" : ""}" data-document=${hit.document_id} data-chunk=${hit.chunk}>
    <h3><a class="hit-link" href=${href} aria-current=${is_open ? "true" : null}>${hit.title}</a></h3>
    <${Citation} hit=${hit} />
    <p class="snippet"><${Marked} text=${snippet} ranges=${highlights_of(hit)} />${is_cut && "…"}</p>
    <${Scores} hit=${hit} highest=${highest} mode=${mode} />
  </li>`;
}

/** Arrow keys walk through the links of a list; above the first is `before`, where they came from. */
export function walk(event, before) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...event.currentTarget.querySelectorAll(".hit-link")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape" && before) return before.focus();
  if (!step || at < 0) return;
  event.preventDefault();
  const next = at + step < 0 ? before : links[Math.min(at + step, links.length - 1)];
  next?.focus();
}

/** The list of hits; `mode` is how was searched, `before` returns the field that stands above it. */
export function Hits({ hits, place, mode, before = () => null, label }) {
  const highest = useMemo(() => highest_scores(hits), [hits]);
  const is_open = (hit) => hit.document_id === place.document && hit.chunk === place.chunk;
  return html`<ol class="hits" aria-label=${label} onKeyDown=${(event) => walk(event, before())}>
    ${hits.map((hit) => html`<${Hit} key=${hit.chunk_id} hit=${hit} place=${place} highest=${highest} mode=${mode}
      is_open=${is_open(hit)} />`)}
  </ol>`;
}
