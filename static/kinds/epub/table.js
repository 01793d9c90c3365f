// The books as a table that sorts by any column; a book opens to its chapters.

import { decimals, number } from "../../format.js";
import { html, useMemo, useState } from "../../html.js";
import { language, messages } from "../../messages.js";
import { per_word } from "./books.js";

const t = messages("epub");
const text = (name) => ({ value: (book) => book[name], is_text: true });

function columns(tokenizers) {
  return [
    { name: t("book_title"), ...text("title") },
    { name: t("author"), ...text("author") },
    { name: t("language"), ...text("language") },
    { name: t("words_head"), value: (book) => book.words, show: number },
    ...tokenizers.map((one) => ({ name: one, sub: t("tokens_sub"), tokenizer: one, value: (book) => book.counts[one], show: number })),
    ...tokenizers.map((one) => ({
      name: tokenizers.length > 1 ? one : t("tokens_per_word"),
      sub: tokenizers.length > 1 ? t("per_word") : null,
      value: (book) => per_word(book, one),
      show: (value) => decimals(value, 2),
    })),
  ];
}

function sort(books, column, direction) {
  const compare = column.is_text
    ? (a, b) => String(column.value(a)).localeCompare(String(column.value(b)))
    : (a, b) => (column.value(a) ?? -1) - (column.value(b) ?? -1);
  return [...books].sort((a, b) => direction * compare(a, b));
}

function Head({ all, sorted, direction, choose }) {
  return html`<thead role="rowgroup"><tr role="row">
    ${all.map((column, index) => {
      const order = index === sorted ? (direction > 0 ? "ascending" : "descending") : null;
      return html`<th scope="col" role="columnheader" class=${column.is_text ? "" : "number"} aria-sort=${order}>
        <button type="button" class="sort" onClick=${() => choose(index)}>
          <span>${column.name}${column.sub && html`<small> ${column.sub}</small>`}</span><span class="sort-sign" aria-hidden="true"></span>
        </button>
      </th>`;
    })}
  </tr></thead>`;
}

// Where the table has no room its rows are blocks, and each value has its column's name with it.
const name_of = ({ name, sub }) => html`<span class="cell-name" aria-hidden="true">${name}${sub && ` ${sub}`}</span>`;

function Cell({ column, book }) {
  const value = column.value(book);
  if (column.is_text) return html`<td role="cell">${name_of(column)}${value}</td>`;
  const error = column.tokenizer && book.errors[column.tokenizer];
  if (error) return html`<td role="cell" class="number failed" title=${error}>${name_of(column)}${t("failed")}</td>`;
  return html`<td role="cell" class="number">${name_of(column)}${value == null || Number.isNaN(value) ? "–" : column.show(value)}</td>`;
}

function Chapters({ book, tokenizers, width }) {
  return html`<tr class="chapters" role="row"><td role="cell" colspan=${width}><div class="chapter-list">
    <table><caption class="visually-hidden">${t("chapters_of", { title: book.title })}</caption>
      <thead><tr><th scope="col">${t("chapter")}</th><th scope="col" class="number">${t("words_head")}</th>
        ${tokenizers.map((one) => html`<th scope="col" class="number">${one}</th>`)}</tr></thead>
      <tbody>${book.chapters.map(
        (one) => html`<tr><td>${one.title}</td><td class="number">${number(one.words ?? 0)}</td>
          ${tokenizers.map((name) => html`<td class="number">${one.counts[name] == null ? "–" : number(one.counts[name])}</td>`)}</tr>`,
      )}</tbody>
    </table></div></td></tr>`;
}

function Row({ book, all, tokenizers, is_open, toggle }) {
  const [first, ...rest] = all;
  const title = book.chapters.length
    ? html`<button type="button" class="opener" aria-expanded=${is_open} onClick=${toggle}>${first.value(book)}</button>`
    : first.value(book);
  return html`<tr role="row"><th scope="row" role="rowheader" title=${book.file}>${title}</th>
      ${rest.map((column) => html`<${Cell} column=${column} book=${book} />`)}</tr>
    ${is_open && html`<${Chapters} book=${book} tokenizers=${tokenizers} width=${all.length} />`}`;
}

/** The table; numbers sort from the largest first. */
export function BookTable({ books, tokenizers }) {
  const all = useMemo(() => columns(tokenizers), [tokenizers, language.value]);
  const [{ sorted, direction }, set_sort] = useState({ sorted: 3, direction: -1 });
  const [open, set_open] = useState(null);
  const choose = (index) =>
    set_sort(index === sorted ? { sorted, direction: -direction } : { sorted: index, direction: all[index].is_text ? 1 : -1 });
  const rows = useMemo(() => sort(books, all[sorted], direction), [books, all, sorted, direction]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("table")}><table class="books" role="table">
    <${Head} all=${all} sorted=${sorted} direction=${direction} choose=${choose} />
    <tbody role="rowgroup">${rows.map(
      (book) => html`<${Row} key=${book.file} book=${book} all=${all} tokenizers=${tokenizers} is_open=${open === book.file}
        toggle=${() => set_open(open === book.file ? null : book.file)} />`,
    )}</tbody>
  </table></div>`;
}
