// Where the pure state meets the world: one signal, fed by the stream and by what has to be fetched.

import * as api from "./api.js";
import { computed, effect, signal } from "./html.js";
import { announce } from "./parts/announcer.js";
import { initial, reduce, sections } from "./state.js";
import { open_stream } from "./stream.js";

const FETCHES_AT_ONCE = 4;
const FINISHED_SHOWN = 12;

export const state = signal(initial);
export const line = computed(() => sections(state.value));
export const kinds = signal([]);
export const server = signal({ is_live: false, heard_at: null, retry_at: null, attempt: 0 });
export const now_ms = signal(Date.now());
export const older = signal({}); // status -> cursor of the next page of finished jobs; null at the end

let stream = null;
const fetching = new Set();

export function dispatch(action) {
  state.value = reduce(state.value, { now: Date.now(), ...action });
}

/** Fetch one job and put it into the state; a 404 takes it out. Returns whether it exists. */
export async function load_job(id) {
  try {
    dispatch({ type: "jobs", jobs: [await api.job(id)] });
    return true;
  } catch (problem) {
    if (problem.status === 404) dispatch({ type: "gone", id });
    if (problem.status === 404) return false;
    throw problem;
  }
}

function fetch_missing() {
  for (const id of state.value.missing) {
    if (fetching.size >= FETCHES_AT_ONCE) return;
    if (fetching.has(id)) continue;
    fetching.add(id);
    load_job(id)
      .catch(() => {}) // the stream will say when the server is back, and the id is still missing
      .finally(() => {
        fetching.delete(id);
        if (server.value.is_live) queueMicrotask(fetch_missing);
      });
  }
}

/** Fetch the next page of finished jobs of each sort. */
export async function load_finished() {
  const next = { ...older.value };
  const wanted = ["completed", "failed", "cancelled"].filter((status) => next[status] !== null);
  const pages = await Promise.all(
    wanted.map((status) => api.jobs(status, { limit: FINISHED_SHOWN, cursor: next[status] ?? null })),
  );
  wanted.forEach((status, index) => {
    next[status] = pages[index].next_cursor ?? null;
  });
  older.value = next;
  dispatch({ type: "jobs", jobs: pages.flatMap((page) => page.jobs) });
}

const MILESTONES = { started: "has started", completed: "is done", failed: "failed", held: "waits for you" };

function on_event(event) {
  dispatch({ type: "event", ...event });
  const job = state.value.jobs[event.data.job_id];
  if (job && MILESTONES[event.name]) announce(`${job.title} ${MILESTONES[event.name]}`);
  if (event.name === "resync") load_finished().catch(() => {});
}

async function load_kinds() {
  try {
    kinds.value = await api.kinds();
  } catch {
    // Tried again when the stream is live.
  }
}

export const retry_now = () => stream.retry_now();

/** Open the stream and keep the clock; called once. */
export function start() {
  stream = open_stream({
    cursor: () => state.value.cursor,
    on_event,
    on_status: (status) => {
      server.value = status;
      if (status.is_live && !kinds.value.length) load_kinds();
    },
  });
  setInterval(() => {
    if (!document.hidden) now_ms.value = Date.now();
  }, 1000);
  effect(() => {
    if (state.value.missing.length && server.value.is_live) fetch_missing();
  });
}
