// How far a job is, in a bar, in words and in stages.

import { html } from "../html.js";
import { label, number, percent } from "../format.js";
import { Icon } from "./icons.js";

const WORDS = {
  queued: ["Waiting", null],
  running: ["Running", null],
  held: ["Held", "pause"],
  completed: ["Done", "check"],
  failed: ["Failed", "alert"],
  cancelled: ["Cancelled", "close"],
  partial: ["Partly done", "alert"],
};

/** A status as a small badge: colour, sign and word, so that none of them is needed alone. */
export function Status({ status, is_partial = false }) {
  const name = is_partial ? "partial" : status;
  const [word, icon] = WORDS[name] ?? [label(name), null];
  return html`<span class="status ${name}">${icon && html`<${Icon} name=${icon} />`}<span>${word}</span></span>`;
}

/** The bar of a running job. */
export function ProgressBar({ job }) {
  const value = job.progress?.percent ?? 0;
  return html`<div class="bar">
    <progress max="100" value=${value} aria-label=${`Progress of ${job.title}`}></progress>
    <output>${percent(value)}</output>
  </div>`;
}

/** "book 2 of 5 · Chapter 12": what is being done now. */
export function ProgressWords({ job }) {
  const { current, total, unit, message, file_name, stage } = job.progress ?? {};
  const parts = [];
  if (total) parts.push(`${number(current)} of ${number(total)} ${unit ? `${unit}${total === 1 ? "" : "s"}` : ""}`.trim());
  if (stage) parts.push(label(stage));
  if (file_name && file_name !== message) parts.push(file_name);
  if (message) parts.push(message);
  return html`<span class="words">${parts.join(" · ") || "Getting ready"}</span>`;
}

/** The named parts of a job that has them. */
export function Stages({ stages }) {
  if (!stages?.length) return null;
  return html`<ol class="stages">
    ${stages.map(
      ({ name, status, current, total }) => html`<li class=${status} aria-current=${status === "running" ? "step" : null}>
        <span class="stage-name">${label(name)}</span>
        <small>${total ? `${number(current)} of ${number(total)}` : label(status)}</small>
      </li>`,
    )}
  </ol>`;
}
