// Where the pure state meets the world: one signal, fed by the stream and by what has to be fetched.

import * as api from "./api.js";
import { computed, effect, signal } from "./html.js";
import { load_server_words, messages } from "./messages.js";
import { initial, is_terminal, reduce, sections } from "./state.js";
import { open_shared } from "./tabs.js";
import { may_hand_in } from "./who.js";

const FETCHES_AT_ONCE = 4;
const FINISHED_SHOWN = 12;
const LINE_SHOWN = 100;
const LINE_EVERY_MS = 3_000;
const MANY_MISSING = 8;

export const state = signal(initial);
export const line = computed(() => sections(state.value));
const every_kind = signal([]);
const t = messages("line");

// The kinds that come with the desk are named in the reader's language; one that is added has its own words.
function in_words(kind) {
  const say = (key, otherwise) => (t.has(key) ? t(key) : otherwise);
  return { ...kind, title: say(`kind_${kind.name}`, kind.title), description: say(`kind_hint_${kind.name}`, kind.description) };
}

/** Every kind that this person may hand in. */
export const kinds = computed(() => every_kind.value.filter(({ name }) => may_hand_in(name)).map(in_words));
export const server = signal({ is_live: false, heard_at: null, retry_at: null, attempt: 0 });
export const now_ms = signal(Date.now());
export const older = signal(null); // cursor of the next page of finished jobs; null at the end

let stream = null;
let line_timer = null;
const fetching = new Set();

export function dispatch(action) {
  state.value = reduce(state.value, { now: Date.now(), ...action });
}

/** Fetch one job and put it into the state; a 404 takes it out. Returns whether it exists. */
export async function load_job(id) {
  const since = state.value.cursor;
  try {
    dispatch({ type: "jobs", jobs: [await api.job(id)], since });
    return true;
  } catch (problem) {
    if (problem.status === 404) dispatch({ type: "gone", id });
    if (problem.status === 404) return false;
    throw problem;
  }
}

function fetch_missing() {
  if (state.value.missing.length > MANY_MISSING) follow_line();
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

/** Fetch the next page of finished jobs. */
export async function load_finished() {
  const page = await api.jobs("completed,failed,cancelled", { limit: FINISHED_SHOWN, cursor: older.value });
  older.value = page.next_cursor ?? null;
  dispatch({ type: "jobs", jobs: page.jobs });
}

// The stream shifts positions by itself; what it does not tell is a move by somebody else, and how the
// estimates of those who wait have changed. So the line is read again, now and then, while it moves.
async function load_line() {
  const since = state.value.cursor;
  const [page, lanes] = await Promise.all([
    api.jobs("queued,running,held", { limit: LINE_SHOWN }),
    api.lanes(),
  ]);
  dispatch({ type: "jobs", jobs: page.jobs, since });
  dispatch({ type: "lanes", lanes });
  const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0);
  // With more in line than a page, the newest jobs say nothing about the first: ask for the whole snapshot.
  if (waiting > LINE_SHOWN && line.value.waiting.length < LINE_SHOWN / 2) stream.resync();
}

function follow_line() {
  if (line_timer) return;
  line_timer = setTimeout(() => {
    line_timer = null;
    if (server.value.is_live && !document.hidden) load_line().catch(() => {});
  }, LINE_EVERY_MS);
}

const hearers = [];

/** Have `act(event, job, before)` called after each event, with its job after and before it. */
export const hear = (act) => hearers.push(act);

/** Whether this tab is the one that listens to the server for all. */
export const is_leader = () => stream?.is_leader() ?? false;

function on_event(event) {
  const before = state.value.jobs[event.data.job_id];
  dispatch({ type: "event", ...event });
  const job = state.value.jobs[event.data.job_id];
  for (const act of hearers) act(event, job, before);
  if (event.name === "queue") follow_line();
  if (event.name === "resync") {
    older.value = null;
    load_finished().catch(() => {});
  }
}

const OWN = "nowserving"; // the source of the kinds that come with the desk

async function load_kinds() {
  try {
    if (!every_kind.value.length) every_kind.value = await api.kinds();
    await load_server_words(every_kind.value.filter(({ source }) => source === OWN).map(({ name }) => name));
  } catch {
    // Tried again when the stream is live.
  }
}

// What another tab starts from. Finished jobs and items it fetches itself when it shows them.
function snapshot() {
  const { is_loaded, jobs, lanes, cursor } = state.value;
  if (!is_loaded) return null;
  return { jobs: Object.values(jobs).filter((job) => !is_terminal(job)), lanes: Object.values(lanes), cursor };
}

export const retry_now = () => stream.retry_now();

/** Open the stream and keep the clock; called once. `on_away` hears that the stream is not open (any more). */
export function start(on_away = () => {}) {
  stream = open_shared({
    cursor: () => state.value.cursor,
    snapshot,
    on_event,
    on_status: (status) => {
      server.value = status;
      if (!status.is_live) {
        on_away(status);
        return;
      }
      load_kinds();
      if (state.value.is_loaded) load_line().catch(() => {}); // positions and estimates are not replayed
    },
  });
  setInterval(() => {
    if (!document.hidden) now_ms.value = Date.now();
  }, 1000);
  document.addEventListener("visibilitychange", () => !document.hidden && follow_line());
  effect(() => {
    if (state.value.missing.length && server.value.is_live) fetch_missing();
  });
}
