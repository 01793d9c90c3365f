// Tokens of each book, a bar for each tokenizer. The table above has the same numbers.

import { number } from "../../format.js";
import { html, useState } from "../../html.js";
import { messages } from "../../messages.js";

const t = messages("epub");
const SHOWN = 12;

export function Legend({ tokenizers }) {
  return html`<ul class="bar-legend">${tokenizers.map(
    (name, index) => html`<li><span class="swatch series-${index % 4}" aria-hidden="true"></span>${name}</li>`,
  )}</ul>`;
}

function Book({ book, tokenizers, most }) {
  return html`<li><span class="bar-name" title=${book.title}>${book.title}</span>
    <div class="bar-group">${tokenizers.map((name, index) => {
      const count = book.counts[name];
      if (count == null) return null;
      return html`<div class="bar-line"><span class="bar-fill series-${index % 4}"
        style=${{ inlineSize: `${(100 * count) / most}%` }}></span><span class="bar-value">${number(count)}</span></div>`;
    })}</div></li>`;
}

/** The bars, longest first. */
export function Bars({ books, tokenizers }) {
  const [is_open, set_open] = useState(false);
  const longest = (book) => Math.max(0, ...tokenizers.map((name) => book.counts[name] ?? 0));
  const sorted = [...books].sort((a, b) => longest(b) - longest(a));
  const most = Math.max(1, longest(sorted[0]));
  const shown = is_open ? sorted : sorted.slice(0, SHOWN);
  return html`<section class="panel chart" aria-labelledby="bars-title">
    <header><h2 id="bars-title">${t("tokens")}</h2><${Legend} tokenizers=${tokenizers} /></header>
    <ul class="bars">${shown.map((book) => html`<${Book} key=${book.file} book=${book} tokenizers=${tokenizers} most=${most} />`)}</ul>
    ${sorted.length > shown.length && html`<button type="button" class="quiet wide" onClick=${() => set_open(true)}>
      ${t("show_all", { n: sorted.length })}</button>`}
  </section>`;
}
