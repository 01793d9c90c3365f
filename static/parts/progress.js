// How far a job is, in a bar, in words and in stages.

import { label, number, percent } from "../format.js";
import { html } from "../html.js";
import { messages, sentence_words } from "../messages.js";
import { Icon } from "./icons.js";

const t = messages("line");
const SIGNS = { queued: "clock", running: "play", held: "pause", completed: "check", failed: "alert", cancelled: "close", partial: "alert", needs_review: "alert" };

// A kind may have words of its own, which no catalogue here knows: they are shown as they are.
const known = (key, params, otherwise) => (t.has(key) ? t(key, params) : otherwise);

export const status_word = (name) => known(`status_${name}`, {}, label(name));
export const stage_word = (name) => known(`stage_${name}`, {}, sentence_words(label(name)));
const counted = (n, unit) => known(`unit_${unit}`, { n }, `${number(n)} ${unit}${n === 1 ? "" : "s"}`);

/** What is counted, as the name of a column: "Book". */
export const unit_word = (unit) => label(counted(1, unit).replace(/^\S+\s+/, ""));

/** A status as a small badge: colour, sign and word, so that none of them is needed alone. */
export function Status({ status, is_partial = false }) {
  const name = is_partial ? "partial" : status;
  return html`<span class="status ${name}">${SIGNS[name] && html`<${Icon} name=${SIGNS[name]} />`}<span>${status_word(name)}</span></span>`;
}

/** The bar of a running job. */
export function ProgressBar({ job }) {
  const value = job.progress?.percent ?? 0;
  return html`<div class="bar">
    <progress max="100" value=${value} aria-label=${t("progress_of", { title: job.title })}></progress>
    <output>${percent(value)}</output>
  </div>`;
}

/** "2 of 5 books · Chapter 12": what is being done now. */
export function ProgressWords({ job }) {
  const { current, total, unit, message, file_name, stage } = job.progress ?? {};
  const parts = [];
  if (total) parts.push(t("count_of", { current: current ?? 0, total: unit ? counted(total, unit) : number(total) }));
  if (stage) parts.push(stage_word(stage));
  if (file_name && file_name !== message) parts.push(file_name);
  if (message) parts.push(sentence_words(message));
  return html`<span class="words">${parts.join(" · ") || t("getting_ready")}</span>`;
}

const STAGE_SIGNS = { completed: "check", failed: "alert", skipped: "close" };

function Stage({ stage, number: place }) {
  const { name, status, current, total } = stage;
  const share = total ? Math.min(100, (100 * (current ?? 0)) / total) : status === "completed" ? 100 : null;
  const sign = STAGE_SIGNS[status];
  return html`<li class="stage ${status}" aria-current=${status === "running" ? "step" : null}>
    <span class="stage-sign" aria-hidden="true">${sign ? html`<${Icon} name=${sign} />` : place}</span>
    <span class="stage-name">${stage_word(name)}</span>
    <small>${total ? t("count_of", { current: current ?? 0, total: number(total) }) : status_word(status)}</small>
    ${status === "running" && html`<progress max="100" value=${share ?? undefined} aria-label=${t("progress_of", { title: stage_word(name) })}></progress>`}
  </li>`;
}

/** The named parts of a job that has them, as steps. */
export function Stages({ stages }) {
  if (!stages?.length) return null;
  return html`<ol class="stages" aria-label=${t("stages")}>
    ${stages.map((stage, index) => html`<${Stage} key=${stage.name} stage=${stage} number=${index + 1} />`)}
  </ol>`;
}
