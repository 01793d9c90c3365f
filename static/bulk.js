// The same thing done to many finished jobs, with one message and one way back.

import * as api from "./api.js";
import { messages } from "./messages.js";
import { toast, trouble } from "./parts/toasts.js";
import { dispatch } from "./store.js";

const t = messages("history");

/** Say whether a job can be done again: it failed, was cancelled or has failed items, and nobody has done so yet. */
export function is_retryable(job) {
  if (job.superseded_by) return false;
  const failed = (job.items?.failed ?? 0) + (job.items?.needs_review ?? 0);
  return job.status === "failed" || job.status === "cancelled" || (job.status === "completed" && failed > 0);
}

async function call_off(jobs) {
  for (const job of jobs) await api.cancel(job.id).catch(trouble);
}

/** Put a new job in line for each that can be done again; undone by cancelling the new ones. Resolves to them. */
export async function retry_many(jobs) {
  const made = [];
  for (const job of jobs.filter(is_retryable)) {
    try {
      const next = await api.retry(job.id);
      made.push(next);
      dispatch({ type: "jobs", jobs: [next, { ...job, superseded_by: next.id }] });
    } catch (problem) {
      trouble(problem);
    }
  }
  if (made.length) toast(t("retried", { n: made.length }), { action: { label: t("undo"), run: () => call_off(made) } });
  return made;
}
