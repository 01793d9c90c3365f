// What a person came for: how long the books are, in words and in tokens, and which of them fit.

import * as api from "../api.js";
import { number } from "../format.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { error_words, messages } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { read_books } from "./epub/books.js";
import { Bars } from "./epub/bars.js";
import { Budget } from "./epub/budget.js";
import { Scatter } from "./epub/scatter.js";
import { BookTable } from "./epub/table.js";

const t = messages("epub");

// The small output of the job leaves chapters out when there are many; results.json has all of them.
async function load_results(job) {
  const artifact = job.artifacts?.find(({ name }) => name === "results.json");
  if (artifact) return api.get_json(artifact.url);
  return job.output;
}

function Summary({ books, tokenizers }) {
  const words = books.reduce((total, book) => total + book.words, 0);
  const facts = [[number(words), t("words", { n: words })]];
  for (const name of tokenizers) {
    facts.push([number(books.reduce((total, book) => total + (book.counts[name] ?? 0), 0)), t("tokens_of", { name })]);
  }
  return html`<dl class="summary">
    <div><dt>${t("books", { n: books.length })}</dt><dd>${number(books.length)}</dd></div>
    ${facts.map(([value, term]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

function NotCounted({ failed }) {
  if (!failed.length) return null;
  return html`<details class="not-counted" open=${failed.length <= 5}>
    <summary><${Icon} name="alert" />${t("not_counted", { n: failed.length })}</summary>
    <ul class="plain">${failed.map(
      ({ file, error }) => html`<li><strong>${file}</strong> ${error_words(error).message} <code>${error.code}</code></li>`,
    )}</ul>
  </details>`;
}

/** The result of an epub job. */
export function EpubResults({ job }) {
  const [results, set_results] = useState(null);
  const [problem, set_problem] = useState(null);
  useEffect(() => {
    load_results(job).then(set_results, set_problem);
  }, [job.id, job.status]);
  const { books, failed, tokenizers } = useMemo(() => read_books(results), [results]);
  if (problem) return html`<section class="panel failure"><p>${t("unreadable", { why: problem.message })}</p></section>`;
  if (!results) return html`<section class="panel" aria-busy="true"><p class="muted">${t("reading")}</p></section>`;
  const is_many = books.length > 1;
  return html`<div class="epub">
    <section class="panel" aria-labelledby="books-title">
      <h2 id="books-title" class="visually-hidden">${t("title")}</h2>
      ${books.length > 0 && html`<${Summary} books=${books} tokenizers=${tokenizers} />
        <${BookTable} books=${books} tokenizers=${tokenizers} />`}
      <${NotCounted} failed=${failed} />
    </section>
    ${books.length > 0 && tokenizers.length > 0 && html`
      <div class="book-charts ${is_many ? "" : "single"}">
        <${Bars} books=${books} tokenizers=${tokenizers} />
        ${is_many && html`<${Scatter} books=${books} tokenizers=${tokenizers} />`}
      </div>
      <${Budget} books=${books} tokenizers=${tokenizers} />`}
  </div>`;
}
