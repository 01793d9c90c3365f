// The keyboard: rows are walked with j and k, a letter does what a button would do. Letters never fire in fields,
// and can be turned off altogether (WCAG 2.1.4); Ctrl+K and Escape stay.

import * as actions from "./actions.js";
import { dialog, type_ahead } from "./dialogs.js";
import { signal } from "./html.js";
import { close_last, undo_last } from "./parts/toasts.js";
import { remember, remembered } from "./remember.js";
import { go, route } from "./router.js";
import { menu_screens } from "./screens.js";
import { is_terminal } from "./state.js";
import { kinds, load_job, state } from "./store.js";
import { is_admin, may_change } from "./who.js";

export const are_letters_on = signal(remembered("letter_keys", true));

/** Turn the single-letter keys on or off, and remember it. */
export function set_letters(is_on) {
  are_letters_on.value = is_on;
  remember("letter_keys", is_on);
}

const GO_WAIT_MS = 1_500;
const ROWS = "main :is(li, article, tr)[data-job], main [data-row]";
const FIELDS = "textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=slider], input:not([type=checkbox], [type=radio], [type=button])";
let last_row = null; // the row that was walked on last: {id, index}
let going_until = 0; // after "g", the time until which a screen's letter is awaited

const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility());
const link_in = (row) => row.querySelector(".job-title, a[href]") ?? row;
const id_of = (row) => row.dataset.job ?? row.dataset.row;

function focus_row(all, index) {
  const row = all[Math.max(0, Math.min(all.length - 1, index))];
  if (!row) return;
  const link = link_in(row);
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function present_index(all) {
  const here = all.findIndex((row) => row.contains(document.activeElement));
  if (here >= 0) return here;
  const known = last_row ? all.findIndex((row) => id_of(row) === last_row.id) : -1;
  return known >= 0 ? known : null;
}

function walk(by) {
  const all = rows();
  const at = present_index(all);
  const is_on_it = all.some((row) => row.contains(document.activeElement));
  if (at === null) return focus_row(all, by > 0 ? 0 : all.length - 1);
  return focus_row(all, is_on_it ? at + by : at);
}

function job_id() {
  const row = document.activeElement?.closest(ROWS);
  if (row) return row.dataset.job ?? null;
  return route.value.path === "jobs" ? route.value.id : null;
}

// What is done to a row may move or remove it; whoever walks by keyboard stays in the list.
async function on_job(act) {
  const id = job_id();
  if (!id) return;
  const at = present_index(rows());
  if (!state.value.jobs[id]) await load_job(id);
  const job = state.value.jobs[id];
  if (!job) return;
  await act(job);
  if (route.value.path !== "jobs") requestAnimationFrame(() => requestAnimationFrame(() => stay_at(id, at)));
}

function stay_at(id, index) {
  if (document.activeElement?.closest(ROWS)) return;
  const all = rows();
  const same = all.findIndex((row) => id_of(row) === id && row.matches(".waiting"));
  focus_row(all, same >= 0 ? same : index);
}

const cancel = () => on_job((job) => may_change(job) && !is_terminal(job) && actions.cancel(job));
const retry = () => on_job((job) => may_change(job) && is_terminal(job) && !job.superseded_by && actions.retry(job));
const move = (by) => on_job((job) => is_admin.value && job.position + by > 0 && actions.move(job, job.position + by));

function select() {
  document.activeElement?.closest(ROWS)?.querySelector("input[type=checkbox]")?.click();
}

function search() {
  const field = document.querySelector("main input[type=search]");
  if (field) field.focus();
  else dialog.value = "palette";
}

/** Go to the line and into the form that hands in work. */
export function hand_in() {
  go("#/");
  requestAnimationFrame(() => document.querySelector(".submit :is(input, select, textarea, button)")?.focus());
}

const start_going = () => (going_until = performance.now() + GO_WAIT_MS);

/** Every key and what it does; `say` is the message of the help (area `habits`), `act` is missing for the browser's own, `is_admins` says who alone has it. */
export const KEYS = [
  { key: "j", say: "key_next", act: () => walk(1) },
  { key: "k", say: "key_previous", act: () => walk(-1) },
  { key: "Enter", say: "key_open" },
  { key: "x", say: "key_select", act: select },
  { key: "c", say: "key_cancel", act: cancel },
  { key: "r", say: "key_retry", act: retry },
  { key: "J", say: "key_move_down", act: () => move(1), shown: ["Shift", "j"], is_admins: true },
  { key: "K", say: "key_move_up", act: () => move(-1), shown: ["Shift", "k"], is_admins: true },
  { key: "u", say: "key_undo", act: undo_last },
  { key: "n", say: "key_hand_in", act: hand_in },
  { key: "/", say: "key_search", act: search },
  { key: "g", say: "key_go", act: start_going },
  { key: "?", say: "key_help", act: () => (dialog.value = "help") },
];

function on_letter(key) {
  const is_going = performance.now() < going_until;
  going_until = 0;
  if (is_going) {
    const screen = menu_screens(kinds.value).find((one) => one.key === key);
    if (screen) go(`#/${screen.path}`);
    return Boolean(screen);
  }
  const found = KEYS.find((one) => one.key === key && one.act);
  found?.act();
  return Boolean(found);
}

const is_palette_key = (event) =>
  (event.ctrlKey || event.metaKey) && !event.altKey && event.key?.toLowerCase() === "k";

// It is being fetched: letters are meant for it, and must not cancel a job meanwhile.
function wait_for_dialog(event) {
  if (event.key === "Escape") dialog.value = null;
  else if (dialog.value === "palette" && event.key.length === 1 && !event.ctrlKey && !event.metaKey) type_ahead(event.key);
}

/** Do what a key says; `is_early` for one that was pressed before this was loaded. */
export function on_key(event, is_early = false) {
  if ((event.defaultPrevented && !is_early) || event.isComposing) return;
  if (is_palette_key(event)) {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) dialog.value = "palette";
    return;
  }
  if (dialog.value && !document.querySelector("dialog[open]")) return wait_for_dialog(event);
  const is_modal = document.querySelector("dialog[open], [popover]:popover-open");
  if (is_modal || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return void (going_until = 0 || close_last());
  if (!are_letters_on.value || event.target.closest?.(FIELDS)) return;
  if (on_letter(event.key)) event.preventDefault();
}

function on_focus({ target }) {
  const row = target.closest?.(ROWS);
  if (row) last_row = { id: id_of(row) };
}

/** Listen; called once. */
export function listen_to_keys() {
  addEventListener("keydown", (event) => on_key(event));
  addEventListener("focusin", on_focus);
}
