// A running ingestion: stages, workers, what waits between them, and what has come of it so far.

import { elapsed, seconds_between } from "../../format.js";
import { html, useEffect, useRef } from "../../html.js";
import { now_ms } from "../../store.js";
import { left_ms } from "./pipeline.js";
import { Stepper } from "./stepper.js";
import { milliseconds, share, t, whole } from "./words.js";

const MOST_WAITING = 256; // parts: 16 batches of 16 at most wait for a worker, then reading pauses

function Worker({ worker }) {
  const { id, status, current_chunk: chunk, progress_percent: percent } = worker;
  const is_idle = status === "idle";
  return html`<li class="worker ${is_idle ? "is-idle" : ""}">
    <span class="worker-name">${t("worker", { number: id })}</span>
    <progress max="100" value=${is_idle ? 0 : percent} aria-label=${t("progress_of", { name: t("worker", { number: id }) })}></progress>
    <span class="worker-doing">${is_idle ? t("idle") : `${t(`doing_${status}`)}${chunk == null ? "" : ` · ${t("part", { number: chunk + 1 })}`}`}</span>
    <span class="worker-share">${is_idle ? "" : share(percent)}</span>
  </li>`;
}

function Workers({ pool }) {
  return html`<section class="pool" aria-labelledby="workers-title">
    <h3 id="workers-title">${t("workers")} <small class="muted">${t("workers_busy", { busy: pool.active, max: pool.max })}</small></h3>
    <ul>${pool.workers.map((worker) => html`<${Worker} key=${worker.id} worker=${worker} />`)}</ul>
    <p class="depth"><span>${t("queue_depth", { n: pool.queue_depth })}</span>
      <meter min="0" max=${MOST_WAITING} value=${pool.queue_depth} aria-label=${t("queue")}></meter></p>
  </section>`;
}

function Metrics({ details }) {
  const { metrics } = details;
  const facts = [
    ["metric_chunks", details.total_chunks], ["metric_images", details.total_images], ["metric_entities", metrics.entities_total],
    ["metric_relations", metrics.relations_total], ["metric_vectors", metrics.qdrant_writes], ["metric_graph", metrics.neo4j_writes],
  ];
  return html`<section class="metrics" aria-labelledby="metrics-title"><h3 id="metrics-title">${t("metrics")}</h3>
    <dl>${facts.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${whole(value)}</dd></div>`)}</dl></section>`;
}

function Timing({ job, timing }) {
  const heard = useRef({ timing: null, at: 0 });
  useEffect(() => {
    heard.current = { timing, at: Date.now() };
  }, [timing]);
  const since = heard.current.timing === timing ? now_ms.value - heard.current.at : 0;
  const left = left_ms(timing, Math.max(0, since));
  const ran = job.started_at ? elapsed(seconds_between(job.started_at, null, now_ms.value)) : milliseconds(timing.elapsed_ms);
  return html`<p class="pipeline-time"><span>${t("elapsed", { time: ran })}</span>
    ${left != null && html`<strong>${left < 1500 ? t("almost") : t("left", { time: milliseconds(left) })}</strong>`}</p>`;
}

/** The view of a running job of this kind, below its bar. */
export function IngestionProgress({ job }) {
  const details = job.progress?.details;
  if (!details?.stages) return html`<p class="muted" aria-busy="true">${t("getting_ready")}</p>`;
  return html`<div class="pipeline">
    <div class="pipeline-head"><h2>${t("pipeline")} <small class="muted">${t("documents_done", { done: details.documents_done, n: details.total_documents })}</small></h2>
      <${Timing} job=${job} timing=${details.timing} /></div>
    <${Stepper} stages=${details.stages} />
    <div class="pipeline-parts"><${Workers} pool=${details.worker_pool} /><${Metrics} details=${details} /></div>
  </div>`;
}
