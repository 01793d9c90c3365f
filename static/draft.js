// What is about to be submitted: the kind, its args and the files. Choices are remembered in this browser.

import * as api from "./api.js";
import { computed, signal } from "./html.js";
import { messages } from "./messages.js";
import { trouble } from "./parts/toasts.js";
import { remember, remembered } from "./remember.js";
import { kinds } from "./store.js";
import { send } from "./uploads.js";

const t = messages("shell");
export const files = signal([]);
export const kind_name = signal(remembered("kind", null));
export const args = signal({}); // kind name -> args
export const is_split = signal(false); // each file its own job
export const problems = signal([]); // {pointer, detail} of the last refused submission
export const reused = signal(null); // the job whose files are used once more, or null

export const available = computed(() => kinds.value.filter((kind) => kind.available !== false));
const is_particular = (one) => one.accepts?.length > 0;
export const kind = computed(() => {
  const kinds = available.value;
  return kinds.find((one) => one.name === kind_name.value) ?? kinds.find(is_particular) ?? kinds[0] ?? null;
});

const extension = (name) => name.slice(name.lastIndexOf(".")).toLowerCase();

/** Say whether a kind takes a file of this name. */
export const accepts = (one, name) => !one.accepts?.length || one.accepts.includes(extension(name));

/** Choose a kind and remember it. */
export function choose_kind(name) {
  if (reused.value && reused.value.kind !== name) reused.value = null;
  kind_name.value = name;
  problems.value = [];
  remember("kind", name);
}

/** Begin with what an earlier job was given: its kind, its args, and its files without sending them once more. */
export function begin_with(job) {
  const { properties = {} } = kinds.value.find((one) => one.name === job.kind)?.args ?? {};
  const is_default = ([name, value]) => JSON.stringify(properties[name]?.default) === JSON.stringify(value);
  choose_kind(job.kind);
  args.value = { ...args.value, [job.kind]: Object.fromEntries(Object.entries(job.args ?? {}).filter((one) => !is_default(one))) };
  files.value = [];
  reused.value = job;
}

/** Forget every choice of the chosen kind's args. */
export function reset_args() {
  args.value = { ...args.value, [kind.value.name]: {} };
  problems.value = [];
}

// The same file chosen twice is one; two of one name in a folder's subfolders are two.
const identity = ({ name, webkitRelativePath, size, lastModified }) => [webkitRelativePath || name, size, lastModified].join("/");

/** Add files; when another kind is made for them and the chosen one takes anything or not these, it is chosen. */
export function add_files(added) {
  reused.value = null;
  const is_first = !files.value.length;
  const known = new Set(files.value.map(identity));
  files.value = [...files.value, ...added.filter((file) => !known.has(identity(file)))];
  const takes_all = (one) => one.max_files !== 0 && files.value.every((file) => accepts(one, file.name));
  const is_good = kind.value && takes_all(kind.value) && (is_particular(kind.value) || !is_first);
  if (!files.value.length || is_good) return;
  const better = available.value.find((one) => is_particular(one) && takes_all(one));
  if (better) choose_kind(better.name);
}

export function remove_file(file) {
  files.value = files.value.filter((one) => one !== file);
}

/** Return the args of the chosen kind as the person has left them. */
export const current_args = () => args.value[kind.value?.name] ?? remembered(`args/${kind.value?.name}`, {});

export function set_arg(name, value) {
  const next = { ...current_args(), [name]: value };
  if (value === undefined) delete next[name];
  args.value = { ...args.value, [kind.value.name]: next };
}

/** Return why the draft cannot be submitted, or null. */
export function obstacle() {
  const one = kind.value;
  if (!one) return t("no_kind");
  if (reused.value) return null; // its files were taken before
  const wrong = files.value.filter((file) => !accepts(one, file.name));
  if (wrong.length) return t("not_for", { name: wrong[0].name, kind: one.title || one.name, takes: one.accepts.join(", ") });
  if (files.value.length < (one.min_files ?? 0)) return t("file_first");
  if (files.value.length && one.max_files === 0) return t("no_files", { kind: one.title || one.name });
  return null;
}

function title_of(batch, one) {
  if (!batch.length) return one.title || one.name;
  const [{ name }] = batch;
  return batch.length > 1 ? t("and_more", { name, n: batch.length - 1 }) : name;
}

/** How many jobs the draft would make: one, or one for each file. */
export const jobs_to_be = computed(() => {
  const count = files.value.length;
  return count > 1 && (is_split.value || count > (kind.value?.max_files ?? 1)) ? count : 1;
});

/** Submit the draft, as one job or one for each file, in order, and clear the files. */
export async function submit() {
  const one = kind.value;
  const chosen = current_args();
  remember(`args/${one.name}`, chosen);
  if (reused.value) return submit_again(one, chosen, reused.value);
  const batches = jobs_to_be.value > 1 ? files.value.map((file) => [file]) : [files.value];
  files.value = [];
  problems.value = [];
  for (const batch of batches) {
    const refused = (problem) => take_back(batch, problem);
    await send({ kind: one.name, args: chosen, files: batch }, title_of(batch, one), refused);
  }
  return undefined;
}

async function submit_again(one, chosen, job) {
  [reused.value, problems.value] = [null, []];
  const refused = (problem) => {
    [reused.value, problems.value] = [job, problem.errors];
    trouble(problem);
  };
  const request = { kind: one.name, args: chosen, title: job.title, inputs_of: job.inputs?.length ? job.id : null };
  await send({ ...request, post: api.submit_again }, job.title, refused);
}

function take_back(batch, problem) {
  files.value = [...batch, ...files.value];
  problems.value = problem.errors;
  trouble(problem);
}
