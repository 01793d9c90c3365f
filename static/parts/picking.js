// The checkbox of a row, and the bar that says what can be done with those that are picked.

import { html } from "../html.js";
import { messages } from "../messages.js";

const t = messages("line");

/** A row's checkbox. The keyboard's `x` clicks it. */
export function Pick({ job, selection, order }) {
  const is_picked = selection.ids.value.has(job.id);
  const toggle = (event) => selection.toggle(job.id, { is_range: event.shiftKey, order: order?.() });
  return html`<label class="pick"><input type="checkbox" checked=${is_picked} aria-label=${t("pick", { title: job.title })}
    onClick=${toggle} /></label>`;
}

/** What can be done with the picked jobs, as long as some are; `children` are the buttons. */
export function PickedBar({ jobs, selection, children }) {
  if (!jobs.length) return null;
  return html`<div class="picked" role="group" aria-label=${t("picked_actions")}>
    <strong>${t("picked", { n: jobs.length })}</strong>
    <span class="actions">${children}
      <button type="button" class="small quiet" onClick=${selection.clear}>${t("pick_none")}</button>
    </span>
  </div>`;
}
