// What an event means for somebody who does not look: it is read out, shown in the tab, or told as a notification.

import { label } from "./format.js";
import { messages } from "./messages.js";
import { notify } from "./notify.js";
import { announce } from "./parts/announcer.js";
import { saw_end } from "./parts/page_title.js";
import { hear, is_leader } from "./store.js";

const t = messages("shell");
const MILESTONES = new Set(["started", "completed", "failed", "cancelled", "held"]);
const ENDS = new Set(["completed", "failed", "held"]);

function on_event({ name }, job, before) {
  if (!job) return;
  if (MILESTONES.has(name) && before?.status !== job.status) announce(t(`said_${name}`, { title: job.title }));
  const { stage } = job.progress ?? {};
  if (name === "progress" && stage && stage !== before?.progress?.stage) announce(t("said_stage", { title: job.title, stage: label(stage) }));
  if (!ENDS.has(name) || before?.status === job.status) return;
  saw_end(job);
  if (is_leader()) notify(job);
}

/** Listen; called once. */
export const tell_milestones = () => hear(on_event);
