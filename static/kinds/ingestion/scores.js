// What each way of searching thought of a hit: small bars with their numbers.

import { html } from "../../html.js";
import { decimal, t } from "./words.js";

const WAYS = [
  { name: "bm25", digits: 1, is_relative: true },
  { name: "vector", digits: 2, is_relative: false }, // a cosine: 1 is the same text
  { name: "fused", digits: 3, is_relative: true },
];

/** The highest score of each way among hits, against which bars are drawn. */
export function highest_scores(hits) {
  const highest = ({ name, is_relative }) => (is_relative ? Math.max(0, ...hits.map((hit) => hit.scores[name] ?? 0)) : 1);
  return Object.fromEntries(WAYS.map((way) => [way.name, highest(way)]));
}

function Score({ way, value, most }) {
  const width = value == null || most <= 0 ? 0 : Math.min(100, Math.max(0, (100 * value) / most));
  return html`<div class="score way-${way.name}">
    <dt>${t(`way_${way.name}`)}</dt>
    <dd><span class="score-bar" aria-hidden="true"><span style=${{ inlineSize: `${width}%` }}></span></span>
      <span class="score-number">${value == null ? t("not_found_so") : decimal(value, way.digits)}</span></dd>
  </div>`;
}

/** The scores of a hit; only the ways that were asked. `mode` is what was done. */
export function Scores({ hit, highest, mode }) {
  const asked = WAYS.filter(({ name }) => mode === "hybrid" || name === mode);
  return html`<dl class="scores">${asked.map(
    (way) => html`<${Score} key=${way.name} way=${way} value=${hit.scores[way.name]} most=${highest[way.name]} />`,
  )}</dl>`;
}
