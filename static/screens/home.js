// Home is the line: who is served, who waits, who is held, and what became of the others.

import * as actions from "../actions.js";
import { html } from "../html.js";
import { lazy } from "../lazy.js";
import { messages, sentence_words } from "../messages.js";
import { FinishedJob, HeldJob, RunningJob } from "../parts/job_row.js";
import { Icon } from "../parts/icons.js";
import { Submit } from "../parts/submit.js";
import { line, server, state } from "../store.js";
import { is_admin } from "../who.js";

const WaitingLane = lazy(() => import("../parts/waiting.js"), "WaitingLane"); // an empty line needs none of it
const t = messages("line");
const FINISHED_SHOWN = 12;

// Once shown, the list of a lane stays, so that it keeps its place while the line runs dry and fills again.
const shown_lanes = new Set();
const has_waited = ({ name, waiting }) => (waiting > 0 ? shown_lanes.add(name).has(name) : shown_lanes.has(name));

const sum = (lanes) => lanes.reduce((total, lane) => total + lane.waiting, 0);

function Paused({ lane, is_only }) {
  return html`<article class="panel nobody standing">
    <p class="eyebrow">${t("now_serving")}</p>
    <h2>${is_only ? t("line_paused") : t("lane_paused", { lane: lane.name })}</h2>
    ${lane.pause_reason && html`<p class="pause-reason"><span class="visually-hidden">${t("pause_reason")} </span>${sentence_words(lane.pause_reason)}</p>`}
    <p class="muted">${t("paused_what_now", { n: lane.waiting })}</p>
    ${is_admin.value && html`<button type="button" class="primary" onClick=${() => actions.resume(lane.name)}><${Icon} name="play" />${t("resume")}</button>`}
  </article>`;
}

function Nobody({ lanes }) {
  const paused = lanes.filter((lane) => lane.paused);
  if (paused.length) return paused.map((lane) => html`<${Paused} key=${lane.name} lane=${lane} is_only=${lanes.length === 1} />`);
  return html`<article class="panel nobody">
    <p class="eyebrow">${t("now_serving")}</p>
    ${sum(lanes) ? html`<h2 class="muted">${t("next_starting")}</h2>` : html`<h2>${t("nobody")}</h2><p class="muted">${t("nobody_hint")}</p>`}
  </article>`;
}

function Loading() {
  return html`<article class="panel nobody" aria-busy="true"><p class="eyebrow">${t("now_serving")}</p>
    <h2 class="muted">${server.value.attempt ? t("server_awaited") : t("looking")}</h2></article>`;
}

function Finished({ jobs }) {
  if (!jobs.length) return null;
  return html`<section aria-labelledby="finished-title">
    <header class="section-title"><h2 id="finished-title">${t("finished")}</h2>
      <a class="see-all" href="#/history">${t("see_history")}</a></header>
    <ul class="rows">${jobs.slice(0, FINISHED_SHOWN).map((job) => html`<${FinishedJob} key=${job.id} job=${job} />`)}</ul>
  </section>`;
}

/** The screen at #/. */
export function Home() {
  const { running, waiting, held, finished } = line.value;
  const lanes = Object.values(state.value.lanes);
  const seen = finished.filter((job) => !actions.hidden.value.has(job.id));
  const has_many = lanes.filter((lane) => lane.waiting).length > 1;
  return html`<h1 class="visually-hidden">${t("title")}</h1>
  <div class="home">
    <div class="counter"><${Submit} /></div>
    <div class="line">
      ${running.map((job) => html`<${RunningJob} key=${job.id} job=${job} />`)}
      ${!running.length && (state.value.is_loaded ? html`<${Nobody} lanes=${lanes} />` : html`<${Loading} />`)}
      ${held.length > 0 && html`<section aria-labelledby="held-title">
        <header class="section-title"><h2 id="held-title">${t("held")}</h2></header>
        <ul class="rows">${held.map((job) => html`<${HeldJob} key=${job.id} job=${job} />`)}</ul>
      </section>`}
      ${lanes.filter(has_waited).map((lane) => html`<${WaitingLane} key=${lane.name} lane=${lane} is_only=${!has_many}
        jobs=${waiting.filter((job) => job.lane === lane.name)} />`)}
      <${Finished} jobs=${seen} />
    </div>
  </div>`;
}
