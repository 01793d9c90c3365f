// Home is the line: who is served, who waits, who is held, and what became of the others.

import { hidden } from "../actions.js";
import { number, range, to_come } from "../format.js";
import { html, useState } from "../html.js";
import { FinishedJob, HeldJob, RunningJob, WaitingJob } from "../parts/job_row.js";
import { Submit } from "../parts/submit.js";
import { line, load_finished, older, server, state } from "../store.js";
import { trouble } from "../parts/toasts.js";

function Nobody() {
  const lanes = Object.values(state.value.lanes);
  const is_paused = lanes.some((lane) => lane.paused);
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  if (waiting && !is_paused) {
    return html`<article class="panel nobody"><p class="eyebrow">Now serving</p>
      <h2 class="muted">The next one is starting…</h2></article>`;
  }
  return html`<article class="panel nobody">
    <p class="eyebrow">Now serving</p>
    <h2>${is_paused ? "The line is paused" : "Nobody. The desk is free."}</h2>
    <p class="muted">${is_paused ? "What waits will start when it is resumed." : "What you hand in now starts at once."}</p>
  </article>`;
}

function Loading() {
  return html`<article class="panel nobody" aria-busy="true"><p class="eyebrow">Now serving</p>
    <h2 class="muted">${server.value.attempt ? "Waiting for the server…" : "Looking…"}</h2></article>`;
}

function Waiting({ jobs }) {
  const known = jobs.length;
  const all = Object.values(state.value.lanes).reduce((sum, lane) => sum + lane.waiting, 0);
  const lane = Object.values(state.value.lanes)[0];
  const ends = known > 1 && range(lane?.estimate);
  if (!known) return null;
  return html`<section aria-labelledby="waiting-title">
    <h2 id="waiting-title" class="section-title">Waiting <span class="count">${number(Math.max(known, all))}</span>
      ${ends && html`<small class="muted">all done ${to_come(ends)}</small>`}</h2>
    <ol class="rows">
      ${jobs.map((job, index) => html`<${WaitingJob} key=${job.id} job=${job} is_first=${index === 0}
        is_last=${index === known - 1 && known >= all} />`)}
    </ol>
    ${all > known && html`<p class="muted more">and ${number(all - known)} more behind them</p>`}
  </section>`;
}

function Finished({ jobs }) {
  const [is_busy, set_busy] = useState(false);
  const has_older = older.value !== null;
  const load = async () => {
    set_busy(true);
    await load_finished().catch(trouble);
    set_busy(false);
  };
  if (!jobs.length) return null;
  return html`<section aria-labelledby="finished-title">
    <h2 id="finished-title" class="section-title">Finished</h2>
    <ul class="rows">${jobs.map((job) => html`<${FinishedJob} key=${job.id} job=${job} />`)}</ul>
    ${has_older && html`<button type="button" class="quiet wide" disabled=${is_busy} onClick=${load}>Show older</button>`}
  </section>`;
}

/** The screen at #/. */
export function Home() {
  const { running, waiting, held, finished } = line.value;
  const seen = finished.filter((job) => !hidden.value.has(job.id));
  return html`<h1 class="visually-hidden">The line</h1>
  <div class="home">
    <div class="counter"><${Submit} /></div>
    <div class="line">
      ${running.map((job) => html`<${RunningJob} key=${job.id} job=${job} />`)}
      ${!running.length && (state.value.is_loaded ? html`<${Nobody} />` : html`<${Loading} />`)}
      ${held.length > 0 && html`<section aria-labelledby="held-title">
        <h2 id="held-title" class="section-title">Waiting for you</h2>
        <ul class="rows">${held.map((job) => html`<${HeldJob} key=${job.id} job=${job} />`)}</ul>
      </section>`}
      <${Waiting} jobs=${waiting} />
      <${Finished} jobs=${seen} />
    </div>
  </div>`;
}
