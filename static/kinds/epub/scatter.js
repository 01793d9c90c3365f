// Words against tokens: books off the line cost more tokens than their words suggest.

import { short_number } from "../../format.js";
import { html, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Legend } from "./bars.js";

const t = messages("epub");
const WIDTH = 440;
const HEIGHT = 300;
const LEFT = 48;
const BOTTOM = 34;
const TOP = 12;
const RIGHT = 14;

/** Round steps for an axis from 0 to at least `most`: about `count` of them, at 1, 2 or 5 times a power of ten. */
export function ticks(most, count = 4) {
  const rough = Math.max(most, 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

function Axes({ x_ticks, y_ticks, x, y }) {
  return html`<g class="axes">
    ${y_ticks.map((tick) => html`<line x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(tick)} y2=${y(tick)} />
      <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${short_number(tick)}</text>`)}
    ${x_ticks.map((tick) => html`<text x=${x(tick)} y=${HEIGHT - BOTTOM + 18} text-anchor="middle" class="tick">${short_number(tick)}</text>`)}
    <text x=${WIDTH - RIGHT} y=${HEIGHT - 2} text-anchor="end" class="axis-name">${t("axis_words")}</text>
  </g>`;
}

const said = ({ book, tokens, name }) => t("point", { words: book.words, tokens, name });

/** The chart; a point says its name when it is pointed at. */
export function Scatter({ books, tokenizers }) {
  const [pointed, set_pointed] = useState(null);
  const most_tokens = Math.max(1, ...books.flatMap((book) => tokenizers.map((name) => book.counts[name] ?? 0)));
  const x_ticks = ticks(Math.max(...books.map((book) => book.words)));
  const y_ticks = ticks(most_tokens);
  const x = (words) => LEFT + (words / x_ticks.at(-1)) * (WIDTH - LEFT - RIGHT);
  const y = (tokens) => HEIGHT - BOTTOM - (tokens / y_ticks.at(-1)) * (HEIGHT - BOTTOM - TOP);
  const points = books.flatMap((book) =>
    tokenizers.map((name, index) => ({ book, name, index, tokens: book.counts[name] })).filter(({ tokens }) => tokens != null),
  );
  return html`<section class="panel chart" aria-labelledby="scatter-title">
    <header><h2 id="scatter-title">${t("scatter")}</h2><${Legend} tokenizers=${tokenizers} /></header>
    <svg class="scatter" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label=${t("scatter_means")}>
      <${Axes} x_ticks=${x_ticks} y_ticks=${y_ticks} x=${x} y=${y} />
      ${points.map(
        (point) => html`<circle class="series-${point.index % 4}" cx=${x(point.book.words)} cy=${y(point.tokens)} r="5.5"
          onPointerEnter=${() => set_pointed(point)} onPointerLeave=${() => set_pointed(null)}>
          <title>${point.book.title}: ${said(point)}</title>
        </circle>`,
      )}
    </svg>
    <p class="muted pointed">${pointed
      ? html`<strong>${pointed.book.title}</strong> ${said(pointed)}`
      : t("scatter_hint")}</p>
  </section>`;
}
