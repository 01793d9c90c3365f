// The command that is being made: a sheet, a sentence, what the columns are; and how the desk understands it by now.

import * as draft from "../../draft.js";
import { computed, effect, signal } from "../../html.js";
import { remember, remembered } from "../../remember.js";
import * as shipping from "./api.js";

const SMALL_BYTES = 1_000_000;
const LIVE_BYTES = 20_000_000; // a larger sheet is not sent for every word that is typed
const WAIT_MS = 250;
const LONG_WAIT_MS = 1_200;

export const sentence = signal("");
export const earlier = signal(null); // {job_id, name} of a sheet that is here already
export const mapping = signal({}); // field -> header, as far as a person has said so
export const picked = signal(null); // a choice that is a whole filter: {filter, service, label}
export const sheet = signal(null); // {headers, fields, samples, missing, notes}, once it has been read
export const verdict = signal({ status: "idle" });

export const file = computed(() => draft.files.value.at(-1) ?? null);
export const source = computed(() => {
  if (file.value) return { file: file.value, name: file.value.name };
  return earlier.value;
});
const OPTIONS = new Set(["default_service", "default_country", "carrier", "ship_from", "auto_confirm"]);
const only_options = (args) => Object.fromEntries(Object.entries(args).filter(([name]) => OPTIONS.has(name)));
export const options = computed(() => only_options(draft.args.value.shipping ?? remembered("args/shipping", {})));

/** All that is sent, or null without a sheet; there may be no sentence yet. */
export const wanted = computed(() => {
  const command = sentence.value.trim();
  if (!source.value) return null;
  const { filter, service } = picked.value ?? {};
  return { source: source.value, said: { ...options.value, command, mapping: mapping.value, filter, service } };
});

export const is_large = computed(() => (file.value?.size ?? 0) > LIVE_BYTES);

export function set_option(name, value) {
  const next = { ...options.value, [name]: value };
  if (value === undefined || value === "") delete next[name];
  draft.args.value = { ...draft.args.value, shipping: next };
  remember("args/shipping", next);
}

/** Say the sentence in other words; a filter that was picked belonged to the old ones. */
export function say(text) {
  picked.value = null;
  sentence.value = text;
}

/** Take a choice of a question. */
export function choose(choice) {
  if (choice.command) return say(choice.command);
  picked.value = { filter: choice.filter, service: choice.service, label: choice.label };
}

/** Say which column a field is (an empty header: none); a column is one field only. */
export function set_column(field, header) {
  const others = Object.entries(mapping.value).filter(([name, taken]) => name !== field && (!header || taken !== header));
  mapping.value = { ...Object.fromEntries(others), [field]: header };
}

/** Take the sheet of an earlier job. */
export function use_earlier(job_id, name, known_mapping = {}) {
  draft.files.value = [];
  earlier.value = { job_id, name };
  mapping.value = known_mapping;
}

/** Take the sheet away. */
export function drop_source() {
  draft.files.value = [];
  earlier.value = null;
}

export function clear() {
  drop_source();
  say("");
}

const refused = ({ status, code, message, remediation, body }) => {
  if (code === "needs_clarification") {
    return { status: "asked", question: body.question, choices: body.choices ?? [], words: body.words ?? [] };
  }
  return { status: status === 0 ? "away" : "refused", code, message, remediation };
};

/** What is wrong with a command that was handed in: told like the answer to a check. */
export function take_refusal(problem) {
  verdict.value = { ...refused(problem), of: wanted.value };
}

const explained = ({ source: from, said }) => shipping.explain(from, said).catch(refused);

let timer = null;
let is_busy = false;

function schedule() {
  clearTimeout(timer);
  if (!wanted.value) {
    verdict.value = { status: "idle" };
    return;
  }
  if (is_large.value) {
    verdict.value = { status: "large", of: wanted.value };
    return;
  }
  const is_small = (file.value?.size ?? 0) <= SMALL_BYTES;
  timer = setTimeout(run, is_small ? WAIT_MS : LONG_WAIT_MS);
}

// One question is under way at a time; whatever was typed meanwhile is asked next, and only the last of it.
async function run() {
  if (is_busy) return;
  const asked = wanted.value;
  is_busy = true;
  verdict.value = { ...verdict.value, is_checking: true };
  const { sheet: told, ...answer } = await explained(asked).finally(() => {
    is_busy = false;
  });
  if (wanted.value !== asked) return schedule();
  if (told !== undefined) sheet.value = told;
  verdict.value = { ...answer, of: asked };
}

effect(() => {
  wanted.value;
  is_large.value;
  schedule();
});

let known_source = null;

// A person's words about the columns of one sheet say nothing about another's.
effect(() => {
  if (source.value === known_source) return;
  const is_own = source.value?.job_id !== undefined;
  known_source = source.value;
  sheet.value = null;
  if (!is_own) mapping.value = {};
});

/** Why the command cannot be handed in now, as a key of the messages; null when it can. */
export const obstacle = computed(() => {
  if (!source.value) return "why_no_source";
  if (file.value && !draft.accepts(draft.kind.value ?? {}, file.value.name)) return "why_wrong_file";
  if (!sentence.value.trim()) return "why_no_sentence";
  const { status, of, code, is_checking, selected_rows } = verdict.value;
  if (is_checking || of !== wanted.value) return "why_checking";
  if (status === "asked") return "why_asked";
  if (status === "away") return "why_away";
  if (status === "refused") return code === "columns_missing" ? "why_columns" : "why_refused";
  if (status === "understood" && selected_rows === 0) return "why_no_rows";
  return null;
});
