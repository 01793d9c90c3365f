// What a person can do to a job or the line; each says what happened and, where it can, offers the way back.

import * as api from "./api.js";
import { signal } from "./html.js";
import { go, job_href } from "./router.js";
import { dispatch, load_job } from "./store.js";
import { toast, trouble } from "./parts/toasts.js";

const REMOVE_AFTER_MS = 6_000;
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

/** Cancel a job; a waiting one may be put back in line (as a new job at its end). */
export const cancel = (job) =>
  attempt(async () => {
    told(await api.cancel(job.id));
    if (job.status === "running") toast(`Stopping ${job.title}`);
    else toast(`Cancelled ${job.title}`, { action: { label: "Put back in line", run: () => retry(job) } });
  });

/** Make a new job that does what this one did not; resolves to it. */
export const retry = (job) =>
  attempt(async () => {
    const next = await api.retry(job.id);
    told(next);
    told({ ...job, superseded_by: next.id });
    toast(`${next.title} is back in line`, { action: { label: "Show", href: job_href(next.id) } });
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

function set_hidden(id, is_hidden) {
  const next = new Set(hidden.value);
  if (is_hidden) next.add(id);
  else next.delete(id);
  hidden.value = next;
}

/** Remove a finished job and its files, after a few seconds in which it can be undone. */
export function remove(job) {
  set_hidden(job.id, true);
  go("#/");
  const timer = setTimeout(async () => {
    await attempt(async () => {
      await api.remove(job.id);
      dispatch({ type: "gone", id: job.id });
    });
    set_hidden(job.id, false);
  }, REMOVE_AFTER_MS);
  const undo = () => {
    clearTimeout(timer);
    set_hidden(job.id, false);
  };
  toast(`Removed ${job.title}`, { action: { label: "Undo", run: undo } });
}
