// What a person can do to a job or the line; each says what happened and, where it can, offers the way back.
// What takes a thing away asks no question: it can be undone, or is done only when the offer has gone.

import * as api from "./api.js";
import { signal } from "./html.js";
import { messages } from "./messages.js";
import { go, job_href } from "./router.js";
import { dispatch, load_job, state } from "./store.js";
import { is_admin } from "./who.js";
import { toast, trouble } from "./parts/toasts.js";

const t = messages("shell");
export const hidden = signal(new Set()); // jobs that are about to be removed

async function attempt(work) {
  try {
    return await work();
  } catch (problem) {
    trouble(problem);
    return null;
  }
}

const told = (job) => job?.id && dispatch({ type: "jobs", jobs: [job] });

// A cancelled job stays cancelled: a new one takes its place in line.
export async function put_back(job) {
  const next = await api.retry(job.id);
  told(next);
  told({ ...state.value.jobs[job.id], status: "cancelled", superseded_by: next.id });
  if (is_admin.value && job.status === "queued" && job.position && next.position > job.position) {
    dispatch({ type: "moved", job: await api.move(next.id, job.position) });
  }
  return next;
}

/** Cancel a job; a waiting one may be put back where it was. */
export const cancel = (job) =>
  attempt(async () => {
    told(await api.cancel(job.id));
    if (job.status === "running") return toast(t("stopping", { title: job.title }));
    const run = () => attempt(() => put_back(job));
    return toast(t("cancelled_one", { title: job.title }), { action: { label: t("put_back"), run } });
  });

// Fetched when there is something for it to do, or to tell.
const bulk = (name) => (jobs) =>
  attempt(async () => {
    const module = await import("./bulk.js").catch(() => {
      throw new api.Problem(0);
    });
    return module[name](jobs);
  });

/** Cancel some jobs; those that waited may be put back where they were. */
export const cancel_many = bulk("cancel_many");

/** Remove finished jobs and their files, once the offer to keep them has gone; they are hidden at once. */
export const remove_many = bulk("remove_many");

/** Put a new job in line for each that can be done again; undone by cancelling the new ones. */
export const retry_many = bulk("retry_many");

/** Cancel everything that waits in a lane, once the offer to let it be has gone. `waiting` is how many there are. */
export function clear(lane, waiting) {
  const run = () => attempt(async () => toast(t("cancelled_many", { n: await api.clear(lane) })));
  toast(t("clearing", { n: waiting }), { action: { label: t("undo"), run: () => {} }, on_gone: run });
}

/** Make a new job that does what this one did not; resolves to it. */
export const retry = (job) =>
  attempt(async () => {
    const next = await api.retry(job.id);
    told(next);
    told({ ...job, superseded_by: next.id });
    toast(t("back_in_line", { title: next.title }), { action: { label: t("show"), href: job_href(next.id) } });
    return next;
  });

/** Retry and go to the new job's page. */
export async function retry_and_show(job) {
  const next = await retry(job);
  if (next) go(job_href(next.id));
}

/** Move a waiting job: `to` is "front", "back" or a position. */
export const move = (job, to) => attempt(async () => dispatch({ type: "moved", job: await api.move(job.id, to) }));

export const confirm = (job, body) => attempt(async () => told(await api.confirm(job.id, body)));
export const pause = (lane, reason) => attempt(() => api.pause(lane, reason));
export const resume = (lane) => attempt(() => api.resume(lane));

/** Decide an item that needs review, then read the job again. */
export const resolve = (job, key, outcome) =>
  attempt(async () => {
    await api.resolve(job.id, key, outcome);
    await load_job(job.id);
  });

/** Remove a finished job, and leave its page. */
export function remove(job) {
  go("#/");
  remove_many([job]);
}
