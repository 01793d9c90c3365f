// Rows of which nobody knows whether they were bought. They are never bought again by themselves: a person decides.

import { html, useId, useState } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { toast, trouble } from "../../parts/toasts.js";
import { dispatch } from "../../store.js";
import * as shipping from "./api.js";
import { t } from "./words.js";

const told = (job) => dispatch({ type: "jobs", jobs: [job] });

async function look_up(job, item) {
  const answer = await shipping.look_up(job.id, item.key);
  told(answer.job);
  toast(t(answer.is_bought ? "looked_up_bought" : "looked_up_not", { n: Number(item.key) }));
}

async function decide(job, item, outcome, output) {
  told(await shipping.decide(job.id, item.key, { outcome, ...(output ? { output } : {}) }));
  toast(t(outcome === "completed" ? "decided_bought" : "decided_not", { n: Number(item.key) }));
}

function BoughtForm({ save, back, is_busy }) {
  const id = useId();
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const cost = Number.parseFloat(form.get("cost"));
    save({ tracking_number: form.get("tracking").trim(), ...(cost >= 0 ? { cost_cents: Math.round(cost * 100) } : {}) });
  };
  return html`<form class="bought-form" onSubmit=${submit}>
    <div class="field"><label for=${`${id}-tracking`}>${t("tracking_number")}</label>
      <input id=${`${id}-tracking`} name="tracking" required pattern="[A-Za-z0-9]{4,64}" title=${t("tracking_shape")} autocomplete="off" spellcheck="false" /></div>
    <div class="field"><label for=${`${id}-cost`}>${t("cost_paid")}</label>
      <input id=${`${id}-cost`} name="cost" type="number" min="0" step="0.01" inputmode="decimal" /></div>
    <div class="actions"><button type="submit" class="primary" disabled=${is_busy}>${t("save_bought")}</button>
      <button type="button" class="quiet" onClick=${back}>${t("back")}</button></div>
  </form>`;
}

function Open({ job, item }) {
  const [is_busy, set_busy] = useState(false);
  const [is_typing, set_typing] = useState(false);
  const { output, message, key } = item;
  const doing = (work) => async () => {
    set_busy(true);
    try {
      await work();
    } catch (problem) {
      trouble(problem);
    } finally {
      set_busy(false);
    }
  };
  const { first_of_rows: _told_before, ...known } = output ?? {};
  const save = (said) => doing(() => decide(job, item, "completed", { ...known, ...said }))();
  const name = output?.order_id ?? t("row_n", { n: Number(key) });
  return html`<li class="open-row">
    <h3>${t("review_row", { name, n: Number(key) })}</h3>
    <p lang="en">${message}</p>
    ${is_typing
      ? html`<${BoughtForm} save=${save} back=${() => set_typing(false)} is_busy=${is_busy} />`
      : html`<ul class="ways">
          <li><button type="button" class="primary" disabled=${is_busy} onClick=${doing(() => look_up(job, item))}>${t("look_up")}</button><small>${t("look_up_hint")}</small></li>
          <li><button type="button" disabled=${is_busy} onClick=${() => set_typing(true)}>${t("was_bought")}</button><small>${t("was_bought_hint")}</small></li>
          <li><button type="button" class="danger" disabled=${is_busy} onClick=${doing(() => decide(job, item, "failed"))}>${t("was_not")}</button><small>${t("was_not_hint")}</small></li>
        </ul>`}
  </li>`;
}

/** The rows that wait for a decision; nothing when there is none. */
export function Review({ job, items }) {
  if (!items.length) return null;
  return html`<section class="panel ship-review" aria-labelledby="review-title">
    <h2 id="review-title"><${Icon} name="alert" />${t("review_title", { n: items.length })}</h2>
    <p>${t("review_why")}</p>
    <ul>${items.map((item) => html`<${Open} key=${item.key} job=${job} item=${item} />`)}</ul>
  </section>`;
}
