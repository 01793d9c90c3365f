// Short messages at the edge, some with a way back. They wait while somebody points at them.

import { html, signal } from "../html.js";
import { announce } from "./announcer.js";
import { IconButton } from "./icons.js";

const STAY_MS = 7_000;
const toasts = signal([]);
const timers = new Map();
let last = 0;

function dismiss(id) {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

const wait = (id) => timers.set(id, setTimeout(() => dismiss(id), STAY_MS));

/** Show a message; `action` is {label, run} or {label, href}. Trouble stays until it is closed. */
export function toast(text, { action = null, is_trouble = false, detail = null } = {}) {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-3), { id, text, detail, action, is_trouble }];
  announce(text);
  if (!is_trouble) wait(id);
}

/** Show what went wrong, in the server's own words. */
export const trouble = (problem) => toast(problem.message, { is_trouble: true, detail: problem.remediation });

function Action({ id, action }) {
  const run = () => {
    dismiss(id);
    action.run?.();
  };
  if (action.href) return html`<a class="button small" href=${action.href} onClick=${run}>${action.label}</a>`;
  return html`<button type="button" class="small" onClick=${run}>${action.label}</button>`;
}

/** The stack of messages. */
export function Toasts() {
  return html`<div class="toasts">
    ${toasts.value.map(
      ({ id, text, detail, action, is_trouble }) => html`
        <div key=${id} class="toast ${is_trouble ? "trouble" : ""}"
          onPointerEnter=${() => clearTimeout(timers.get(id))} onPointerLeave=${() => !is_trouble && wait(id)}>
          <p>${text}${detail && html`<small>${detail}</small>`}</p>
          ${action && html`<${Action} id=${id} action=${action} />`}
          <${IconButton} icon="close" name="Close message" onClick=${() => dismiss(id)} />
        </div>`,
    )}
  </div>`;
}
