// A notification when a long job is over and nobody is looking at the desk. Of all tabs only the one that
// listens to the server tells; whether any tab is looked at is known by a lock that each visible tab shares.

import { signal } from "./html.js";
import { messages } from "./messages.js";
import { remember, remembered } from "./remember.js";
import { job_href } from "./router.js";
import { is_terminal } from "./state.js";

const LONG_MS = 30_000;
const VISIBLE = "nowserving/visible";
const t = messages("shell");

export const can_notify = () => "Notification" in globalThis && globalThis.isSecureContext;
export const wanted = signal(remembered("notify", false));
export const is_blocked = signal(can_notify() && Notification.permission === "denied");

/** Turn notifications on or off; the browser asks the person when they are turned on for the first time. */
export async function set_wanted(is_wanted) {
  wanted.value = is_wanted;
  if (is_wanted && Notification.permission === "default") await Notification.requestPermission();
  is_blocked.value = Notification.permission === "denied";
  wanted.value = is_wanted && Notification.permission === "granted";
  remember("notify", wanted.value);
}

let let_go = null;

function hold_while_visible() {
  let_go?.();
  let_go = null;
  if (document.hidden || !navigator.locks) return;
  const held = new Promise((release) => (let_go = release));
  navigator.locks.request(VISIBLE, { mode: "shared" }, () => held);
}

async function is_looked_at() {
  if (!document.hidden) return true;
  if (!navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some(({ name }) => name === VISIBLE);
}

/** Say whether a job is worth a notification: it is over (not by a cancel) or waits for somebody, after a while. */
export function is_worth_it(job, now_ms) {
  if (job.status === "held") return true;
  if (!is_terminal(job) || job.status === "cancelled" || job.cached) return false;
  return now_ms - Date.parse(job.created_at) >= LONG_MS;
}

/** Tell of a job that has just ended or is held. */
export async function notify(job) {
  const is_on = can_notify() && wanted.value && Notification.permission === "granted";
  if (!is_on || !is_worth_it(job, Date.now()) || (await is_looked_at())) return;
  const options = { body: t(`said_${job.status}`, { title: job.title }), tag: job.id, icon: "/static/favicon.svg" };
  const shown = new Notification("Nowserving", options);
  shown.onclick = () => {
    window.focus();
    location.hash = job_href(job.id);
    shown.close();
  };
}

/** Keep the other tabs told whether this one is looked at; called once. */
export function watch_visibility() {
  document.addEventListener("visibilitychange", hold_while_visible);
  hold_while_visible();
}
