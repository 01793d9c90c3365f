// Short messages at the edge, some with a way back. They wait while somebody points at them or is in them.

import { html, signal } from "../html.js";
import { messages } from "../messages.js";
import { announce } from "./announcer.js";
import { IconButton } from "./icons.js";

const STAY_MS = 7_000;
const STAY_WITH_ACTION_MS = 12_000; // somebody has to find the button, perhaps by keyboard
const MOST = 4;
const t = messages("shell");
const toasts = signal([]);
const timers = new Map();
let last = 0;

function drop(toast, is_acted) {
  clearTimeout(timers.get(toast.id));
  timers.delete(toast.id);
  if (document.getElementById(`toast-${toast.id}`)?.contains(document.activeElement)) {
    document.getElementById("main")?.focus({ preventScroll: true });
  }
  toasts.value = toasts.value.filter(({ id }) => id !== toast.id);
  if (!is_acted) toast.on_gone?.();
}

function wait(toast) {
  clearTimeout(timers.get(toast.id));
  if (toast.is_trouble) return;
  timers.set(toast.id, setTimeout(() => drop(toast, false), toast.action ? STAY_WITH_ACTION_MS : STAY_MS));
}

const hold = (toast) => clearTimeout(timers.get(toast.id));

/**
 * Show a message; `action` is {label, run} or {label, href}. Trouble stays until it is closed. `on_gone` is called
 * when the message goes without its action: what an "Undo" would have kept from happening. A message takes the place
 * of the one before it on the same `topic`.
 */
export function toast(text, { action = null, is_trouble = false, detail = null, on_gone = null, topic = null } = {}) {
  const shown = { id: ++last, text, detail, action, is_trouble, on_gone, topic };
  const before = topic && toasts.value.find((one) => one.topic === topic);
  if (before) drop(before, false);
  toasts.value = [...toasts.value, shown];
  while (toasts.value.length > MOST) drop(toasts.value[0], false);
  announce(detail ? `${text} ${detail}` : text);
  wait(shown);
}

/** Show what went wrong, in the server's own words. */
export const trouble = (problem) => toast(problem.message, { is_trouble: true, detail: problem.remediation });

function act(toast) {
  drop(toast, true);
  toast.action.run?.();
}

/** Do what the newest message with a way back offers; says whether there was one. */
export function undo_last() {
  const newest = toasts.value.findLast(({ action }) => action?.run);
  if (newest) act(newest);
  return Boolean(newest);
}

/** Close the newest message; says whether there was one. */
export function close_last() {
  const newest = toasts.value.at(-1);
  if (newest) drop(newest, false);
  return Boolean(newest);
}

function Action({ shown }) {
  const { label, href } = shown.action;
  if (href) return html`<a class="button small" href=${href} onClick=${() => drop(shown, true)}>${label}</a>`;
  return html`<button type="button" class="small" onClick=${() => act(shown)}>${label}</button>`;
}

function Toast({ shown }) {
  const { id, text, detail, action, is_trouble } = shown;
  const stay = () => hold(shown);
  const go_on = ({ currentTarget }) => !currentTarget.matches(":hover, :focus-within") && wait(shown);
  return html`<li id=${`toast-${id}`} class="toast ${is_trouble ? "trouble" : ""}"
    onPointerEnter=${stay} onPointerLeave=${go_on} onFocusIn=${stay}
    onFocusOut=${(event) => !event.currentTarget.contains(event.relatedTarget) && go_on(event)}>
    <p>${text}${detail && html`<small>${detail}</small>`}</p>
    ${action && html`<${Action} shown=${shown} />`}
    <${IconButton} icon="close" name=${t("close_message")} onClick=${() => drop(shown, false)} />
  </li>`;
}

/** The stack of messages; the live region reads them, so that they are read once. */
export function Toasts() {
  return html`<section class="toasts" aria-label=${t("messages")}><ul>
    ${toasts.value.map((shown) => html`<${Toast} key=${shown.id} shown=${shown} />`)}
  </ul></section>`;
}
