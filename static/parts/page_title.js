// The title and the icon of the tab tell how far the running job is, and what ended while nobody looked.

import { effect, signal } from "../html.js";
import { percent } from "../format.js";
import { messages } from "../messages.js";
import { route } from "../router.js";
import { screen_at } from "../screens.js";
import { line, state } from "../store.js";
import { draw_icon } from "./favicon.js";

const NAME = "Nowserving";
const t = messages("shell");
const unseen = signal(null); // the last job that ended while this tab was hidden

/** Keep a job that has ended in mind until somebody looks. */
export function saw_end(job) {
  if (document.hidden && job.status !== "cancelled") unseen.value = job;
}

function screen_title() {
  const { path, id } = route.value;
  if (path === "jobs" && state.value.jobs[id]) return state.value.jobs[id].title;
  const { nav } = screen_at(path, id);
  return nav && path ? t(nav) : null;
}

/** Return the title of the tab: what ended unseen, else how far the job is, else the screen. */
function title_of(running, ended) {
  if (ended) return `${t(`said_${ended.status}`, { title: ended.title })} – ${NAME}`;
  const here = screen_title();
  if (!running) return here ? `${here} – ${NAME}` : NAME;
  return `${percent(running.progress?.percent)} · ${here ?? running.title} – ${NAME}`;
}

/** Keep the title and the icon; called once. */
export function keep_title() {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) unseen.value = null;
  });
  effect(() => {
    const { path, id } = route.value;
    const shown = path === "jobs" ? state.value.jobs[id] : null;
    const active = shown ?? line.value.running[0];
    const running = active?.status === "running" ? active : null;
    document.title = title_of(running, unseen.value);
    draw_icon(unseen.value ? { status: unseen.value.status } : { percent: running ? running.progress?.percent ?? 0 : null });
  });
}
