// Moving waiting jobs: shown at once, taken back when the server says no, and undone by one button.

import * as api from "./api.js";
import { messages } from "./messages.js";
import { toast, trouble } from "./parts/toasts.js";
import { dispatch, state } from "./store.js";

const t = messages("line");
let begun = 0;

/** How many moves have been begun: what was asked of the line before the last of them may be out of date. */
export const moves_begun = () => begun;

const shown_at = (job, position) => dispatch({ type: "moved", job: { ...(state.value.jobs[job.id] ?? job), position } });

async function put(job, to) {
  const from = state.value.jobs[job.id]?.position ?? job.position;
  begun += 1;
  shown_at(job, to);
  try {
    dispatch({ type: "moved", job: await api.move(job.id, to) });
    return true;
  } catch (problem) {
    if (state.value.jobs[job.id]?.status === "queued") shown_at(job, from);
    trouble(problem);
    return false;
  } finally {
    begun += 1;
  }
}

/** Move a waiting job to a place (1 is the next to run); `is_quiet` for a step that its twin undoes. */
export async function move_to(job, to, { is_quiet = false } = {}) {
  const from = job.position;
  if (to === from || !(await put(job, to)) || is_quiet) return;
  const run = () => put(job, from);
  toast(t("moved", { title: job.title, place: to }), { action: { label: t("undo"), run } });
}

/** Move jobs to the head of the line, in the order that they have among themselves. */
export async function move_to_front(jobs) {
  const inward = jobs.filter(({ position }) => position).sort((a, b) => a.position - b.position);
  if (inward.length < 2) return inward[0] && move_to(inward[0], 1);
  const places = {}; // of each lane, how many have been put at its head
  for (const job of inward) {
    places[job.lane] = (places[job.lane] ?? 0) + 1;
    if (!(await put(job, places[job.lane]))) return undefined;
  }
  const back = async () => {
    // From the last on: those before it are still to come back, in front of it.
    for (const job of [...inward].reverse()) if (!(await put(job, job.position))) return;
  };
  return toast(t("moved_many", { n: inward.length }), { action: { label: t("undo"), run: back } });
}
