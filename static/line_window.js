// The part of a long line that is looked at: fetched place by place, and again when the line has moved.

import * as api from "./api.js";
import { effect } from "./html.js";
import { moves_begun } from "./line_moves.js";
import { dispatch, server, state } from "./store.js";

const PAGE = 100;
const AGAIN_MS = 1_500; // a line that moves is read at most so often
const watched = new Map(); // lane -> [start, end) of the rows that are shown
const asking = new Set();
let timer = null;

const page_of = (lane, after) =>
  api.get_json(`/api/v1/queue/jobs?${new URLSearchParams({ lane, after, limit: PAGE })}`);

async function fetch_page(lane, after) {
  const key = `${lane}/${after}`;
  if (asking.has(key)) return;
  asking.add(key);
  const moves = moves_begun();
  const since = state.value.cursor;
  try {
    const page = await page_of(lane, after);
    if (moves !== moves_begun()) follow();
    else dispatch({ type: "places", lane, after, limit: PAGE, jobs: page.jobs, since });
  } catch {
    // The stream will say when the server is back, and the line is read again then.
  } finally {
    asking.delete(key);
  }
}

function read() {
  timer = null;
  if (!server.value.is_live || document.hidden) return;
  for (const [lane, [start, end]] of watched) {
    for (let page = Math.floor(start / PAGE); page * PAGE < end; page += 1) fetch_page(lane, page * PAGE);
  }
}

function follow() {
  timer ??= setTimeout(read, AGAIN_MS);
}

let is_listening = false;

// Each frame about the queue brings new lanes: the line has moved.
function listen() {
  is_listening = true;
  let known = null;
  effect(() => {
    const { lanes } = state.value;
    if (lanes !== known && watched.size) follow();
    known = lanes;
  });
}

/** Say which rows of a lane are shown; those that are not known are fetched. */
export function watch_rows(lane, start, end, is_known) {
  if (!is_listening) listen();
  watched.set(lane, [start, end]);
  for (let page = Math.floor(start / PAGE); page * PAGE < end; page += 1) {
    const rows = Array.from({ length: Math.min(end, (page + 1) * PAGE) - page * PAGE }, (_, row) => page * PAGE + row);
    if (rows.some((row) => row >= start && !is_known(row))) fetch_page(lane, page * PAGE);
  }
}

/** Say that a lane is no longer looked at. */
export const unwatch = (lane) => watched.delete(lane);

/** Fetch every place of a lane, and return its jobs in order: those that may be seen. */
export async function whole_lane(lane) {
  const found = [];
  let page = null;
  do {
    const after = page ? page.after + PAGE : 0;
    page = await page_of(lane, after);
    dispatch({ type: "places", lane, after, limit: PAGE, jobs: page.jobs });
    found.push(...page.jobs);
  } while (page.after + PAGE < page.waiting);
  return found;
}
