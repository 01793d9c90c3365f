// How far the pipeline is, stage by stage: what is done, what is under way, how long it has taken.

import { html } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { STAGES, state_of } from "./pipeline.js";
import { milliseconds, share, t } from "./words.js";

function Sign({ state }) {
  return html`<span class="step-sign" aria-hidden="true">${state === "done" && html`<${Icon} name="check" />`}</span>`;
}

function Step({ stage }) {
  const state = state_of(stage);
  const { name, processed, total, in_flight: in_flight, progress_percent: percent, duration_ms } = stage;
  return html`<li class="step is-${state}" aria-current=${state === "running" ? "step" : null} data-stage=${name}>
    <${Sign} state=${state} />
    <div class="step-words">
      <h3>${t(`stage_${name}`)} <span class="visually-hidden">${t(`state_${state}`)}</span></h3>
      <p class="step-counts">${total > 0 ? t(`counted_${name}`, { done: processed, n: total }) : state === "done" ? t("nothing_there") : t("not_known_yet")}</p>
    </div>
    <progress max="100" value=${state === "done" ? 100 : percent} aria-label=${t("progress_of", { name: t(`stage_${name}`) })}></progress>
    <p class="step-more"><span>${state === "done" ? t("state_done") : share(percent)}</span>
      ${in_flight > 0 && html`<span class="in-flight">${t("in_flight", { n: in_flight })}</span>`}
      ${duration_ms > 0 && html`<span class="muted">${milliseconds(duration_ms)}</span>`}</p>
  </li>`;
}

/** The six stages, from left to right or from top to bottom. */
export function Stepper({ stages }) {
  return html`<ol class="stepper" aria-label=${t("stages")}>${STAGES.filter((name) => stages[name]).map(
    (name) => html`<${Step} key=${name} stage=${stages[name]} />`,
  )}</ol>`;
}
