// The same thing done to many jobs, with one message and one way back. One job that will not does not keep the
// others from it: the message says which, and why.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { messages } from "./messages.js";
import { toast } from "./parts/toasts.js";
import { is_terminal } from "./state.js";
import { dispatch } from "./store.js";

const t = messages("history");
const say = messages("shell");
const AT_ONCE = 4; // the browser has six connections to the server, and the stream has one
const NAMED = 3;
const ENDS_IT = [0, 401]; // the server is away, or knows us no more: the rest would end the same way

/** Say whether a job can be done again: it failed, was cancelled or has failed items, and nobody has done so yet. */
export function is_retryable(job) {
  if (job.superseded_by) return false;
  const failed = (job.items?.failed ?? 0) + (job.items?.needs_review ?? 0);
  return job.status === "failed" || job.status === "cancelled" || (job.status === "completed" && failed > 0);
}

/**
 * Do `work(job)` for each, some at once (`at_once` 1: one after the other). Resolves, in the order of the jobs, to
 * {done: [{job, result}], failed: [{job, problem}]}.
 */
export async function for_each(jobs, work, at_once = AT_ONCE) {
  const results = [];
  let next = 0;
  let end = null;
  const go_on = async () => {
    while (next < jobs.length) {
      const place = next;
      const job = jobs[place];
      next += 1;
      try {
        if (end) throw end;
        results[place] = { job, result: await work(job) };
      } catch (problem) {
        if (ENDS_IT.includes(problem.status)) end = problem;
        results[place] = { job, problem };
      }
    }
  };
  await Promise.all(Array.from({ length: at_once }, go_on));
  return { done: results.filter(({ problem }) => !problem), failed: results.filter(({ problem }) => problem) };
}

function names_of(titles) {
  if (titles.length <= NAMED) return titles.join(", ");
  return say("and_more", { name: titles.slice(0, NAMED - 1).join(", "), n: titles.length - NAMED + 1 });
}

/** Which jobs it was not done to, and why; those of one reason together. Null when there are none. */
export function why_not(failed) {
  const reasons = Object.values(Object.groupBy(failed, ({ problem }) => problem.code ?? problem.message));
  const words = (some) => say("not_done", { names: names_of(some.map(({ job }) => job.title)), why: some[0].problem.message });
  return reasons.map(words).join(" ") || null;
}

const tell = (text, failed, action = null) => toast(text, { action, detail: why_not(failed), is_trouble: failed.length > 0 });
const tell_failed = (failed) => failed.length && toast(why_not(failed), { is_trouble: true });
const by_position = (a, b) => (a.position ?? Number.MAX_SAFE_INTEGER) - (b.position ?? Number.MAX_SAFE_INTEGER);
const told = (job) => job?.id && dispatch({ type: "jobs", jobs: [job] });

/** Cancel some jobs; those that waited may be put back where they were. */
export async function cancel_many(jobs) {
  const active = jobs.filter((job) => !is_terminal(job)).sort(by_position);
  if (active.length < 2) return active.length ? actions.cancel(active[0]) : null;
  const { done, failed } = await for_each(active, async (job) => told(await api.cancel(job.id)));
  const waited = done.map(({ job }) => job).filter(({ status }) => status !== "running");
  // The first has to be there before the second can be put behind it.
  const run = async () => tell_failed((await for_each(waited, actions.put_back, 1)).failed);
  return tell(say("cancelled_many", { n: done.length }), failed, waited.length ? { label: say("put_back"), run } : null);
}

async function call_off(made) {
  const { failed } = await for_each(made, async ({ id }) => told(await api.cancel(id)));
  tell_failed(failed);
}

/** Put a new job in line for each that can be done again, in their order; undone by cancelling the new ones. */
export async function retry_many(jobs) {
  const again = async (job) => {
    const next = await api.retry(job.id);
    dispatch({ type: "jobs", jobs: [next, { ...job, superseded_by: next.id }] });
    return next;
  };
  const { done, failed } = await for_each(jobs.filter(is_retryable), again, 1);
  const made = done.map(({ result }) => result);
  const action = made.length ? { label: t("undo"), run: () => call_off(made) } : null;
  if (made.length || failed.length) tell(t("retried", { n: made.length }), failed, action);
}

function set_hidden(jobs, is_hidden) {
  const next = new Set(actions.hidden.value);
  for (const { id } of jobs) {
    if (is_hidden) next.add(id);
    else next.delete(id);
  }
  actions.hidden.value = next;
}

async function take_away({ id }) {
  try {
    await api.remove(id);
  } catch (problem) {
    if (problem.status !== 404) throw problem; // somebody else has removed it
  }
  dispatch({ type: "gone", id });
}

/** Remove finished jobs and their files, once the offer to keep them has gone; they are hidden at once. */
export function remove_many(jobs) {
  set_hidden(jobs, true);
  const run = async () => {
    const { failed } = await for_each(jobs, take_away);
    set_hidden(jobs, false);
    tell_failed(failed);
  };
  const text = jobs.length === 1 ? say("removed_one", { title: jobs[0].title }) : say("removed_many", { n: jobs.length });
  toast(text, { action: { label: say("undo"), run: () => set_hidden(jobs, false) }, on_gone: run });
}
