// What is about to be submitted: the kind, its args and the files. Choices are remembered in this browser.

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
  kind_name.value = name;
  problems.value = [];
  remember("kind", name);
}

/** Add files; when another kind is made for them and the chosen one takes anything or not these, it is chosen. */
export function add_files(added) {
  const is_first = !files.value.length;
  const known = new Set(files.value.map((file) => `${file.name}/${file.size}`));
  files.value = [...files.value, ...added.filter((file) => !known.has(`${file.name}/${file.size}`))];
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

/** Submit the draft, as one job or one for each file, in order, and clear the files. */
export async function submit() {
  const one = kind.value;
  const chosen = current_args();
  remember(`args/${one.name}`, chosen);
  const is_single = files.value.length > 1 && (is_split.value || files.value.length > (one.max_files ?? 1));
  const batches = is_single ? files.value.map((file) => [file]) : [files.value];
  files.value = [];
  problems.value = [];
  for (const batch of batches) {
    const refused = (problem) => take_back(batch, problem);
    await send({ kind: one.name, args: chosen, files: batch }, title_of(batch, one), refused);
  }
}

function take_back(batch, problem) {
  files.value = [...batch, ...files.value];
  problems.value = problem.errors;
  trouble(problem);
}
