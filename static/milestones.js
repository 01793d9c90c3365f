// What an event means for somebody who does not look: it is read out, shown in the tab, or told as a notification.

import { effect } from "./html.js";
import { messages } from "./messages.js";
import { notify } from "./notify.js";
import { announce } from "./parts/announcer.js";
import { saw_end } from "./parts/page_title.js";
import { stage_word } from "./parts/progress.js";
import { hear, is_leader, state } from "./store.js";

const t = messages("shell");
const MILESTONES = new Set(["started", "completed", "failed", "cancelled", "held"]);
const ENDS = new Set(["completed", "failed", "held"]);
const unknown = new Map(); // job id -> names of milestones that came before the job itself was fetched
const MOST_UNKNOWN = 50;
const begun = new Set(); // "id/attempt" of starts that were told: a job may be fetched running before its start is heard

function tell(name, job) {
  announce(t(`said_${name}`, { title: job.title }));
  if (!ENDS.has(name)) return;
  const ended = { ...job, status: name };
  saw_end(ended);
  if (is_leader()) notify(ended);
}

function on_event({ name, data }, job, before) {
  if (!job && MILESTONES.has(name) && unknown.size < MOST_UNKNOWN) {
    unknown.set(data.job_id, [...(unknown.get(data.job_id) ?? []), name]);
  }
  if (!job) return;
  const start = name === "started" ? `${job.id}/${data.attempt}` : null;
  const is_news = before && (before.status !== job.status || (start !== null && !begun.has(start)));
  if (start !== null) begun.add(start);
  if (MILESTONES.has(name) && is_news) tell(name, job);
  const { stage } = job.progress ?? {};
  if (name === "progress" && stage && stage !== before?.progress?.stage) {
    announce(t("said_stage", { title: job.title, stage: stage_word(stage) }));
  }
}

function on_known(jobs) {
  for (const [id, names] of unknown) {
    if (!jobs[id]) continue;
    unknown.delete(id);
    for (const name of names) tell(name, jobs[id]);
  }
}

/** Listen; called once. */
export function tell_milestones() {
  hear(on_event);
  effect(() => on_known(state.value.jobs));
}
