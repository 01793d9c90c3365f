// Hand in documents: files or a whole folder, as one job, with tags to find them by.

import * as draft from "../../draft.js";
import { size } from "../../format.js";
import { html, useEffect, useId, useRef, useState } from "../../html.js";
import { ArgsForm } from "../../parts/args_form.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { DropZone } from "../../parts/submit.js";
import { toast, trouble } from "../../parts/toasts.js";
import { remember } from "../../remember.js";
import { go, job_href } from "../../router.js";
import { dispatch } from "../../store.js";
import { send } from "../../uploads.js";
import { documents } from "./api.js";
import { sorted_out } from "./folder.js";
import { t } from "./words.js";

const SHOWN = 6;
const MAX_TAGS_OFFERED = 12;

function FolderButton() {
  const input = useRef(null);
  const pick = ({ target }) => {
    draft.add_files([...target.files].filter(({ name }) => !name.startsWith(".")));
    target.value = ""; // so that the same folder can be picked again
  };
  return html`<div class="whole-folder">
    <input ref=${input} type="file" multiple webkitdirectory class="folder-input" tabindex="-1" hidden onChange=${pick} />
    <button type="button" class="wide" onClick=${() => input.current.click()}><${Icon} name="folder" />${t("choose_folder")}</button>
  </div>`;
}

function FileRow({ file }) {
  return html`<li><${Icon} name="file" /><span class="name" title=${file.webkitRelativePath || file.name}>${file.name}</span>
    <small>${size(file.size)}</small>
    <${IconButton} icon="close" name=${t("take_out", { name: file.name })} onClick=${() => draft.remove_file(file)} /></li>`;
}

function LeftOut({ files }) {
  if (!files.length) return null;
  const them = new Set(files);
  const drop = () => (draft.files.value = draft.files.value.filter((file) => !them.has(file)));
  return html`<details class="left-out-files"><summary>${t("left_out", { n: files.length })}</summary>
    <ul class="plain">${files.slice(0, 50).map(({ name }) => html`<li>${name}</li>`)}</ul>
    <button type="button" class="small" onClick=${drop}>${t("forget_them")}</button>
  </details>`;
}

function Chosen({ taken, left_out }) {
  const [is_open, set_open] = useState(false);
  if (!taken.length && !left_out.length) return null;
  const shown = is_open ? taken : taken.slice(0, SHOWN);
  const total = taken.reduce((sum, file) => sum + file.size, 0);
  return html`<div class="chosen">
    ${taken.length > 0 && html`<p class="chosen-sum"><strong>${t("documents_chosen", { n: taken.length })}</strong> <span class="muted">${size(total)}</span>
      <button type="button" class="small quiet" onClick=${() => (draft.files.value = [])}>${t("none_of_them")}</button></p>`}
    <ul class="file-list" aria-label=${t("documents_to_put_in")}>${shown.map((file, index) => html`<${FileRow} key=${`${index}/${file.name}`} file=${file} />`)}</ul>
    ${taken.length > shown.length && html`<button type="button" class="small quiet" onClick=${() => set_open(true)}>${t("and_more", { n: taken.length - shown.length })}</button>`}
    <${LeftOut} files=${left_out} />
  </div>`;
}

function use_known_tags() {
  const [tags, set_tags] = useState([]);
  useEffect(() => {
    documents({}, { limit: 1 }).then(({ totals }) => set_tags(totals.tags), () => {}); // only an offer
  }, []);
  return tags;
}

function Tags() {
  const id = useId();
  const [typed, set_typed] = useState("");
  const tags = draft.current_args().tags ?? [];
  const known = use_known_tags().filter((tag) => !tags.includes(tag)).slice(0, MAX_TAGS_OFFERED);
  const set = (next) => draft.set_arg("tags", next.length ? next : undefined);
  const add = (text) => {
    const added = text.split(",").map((tag) => tag.trim()).filter((tag) => tag && !tags.includes(tag));
    if (added.length) set([...tags, ...new Set(added)]);
    set_typed("");
  };
  const press = (event) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    if (!typed.trim()) return;
    event.preventDefault();
    add(typed);
  };
  const error = draft.problems.value.find(({ pointer }) => pointer?.includes("/tags"))?.detail;
  return html`<div class="field tags-field"><label for=${id}>${t("tags")}</label>
    ${tags.length > 0 && html`<ul class="tag-list">${tags.map((tag) => html`<li class="tag">${tag}
      <${IconButton} icon="close" name=${t("take_out", { name: tag })} onClick=${() => set(tags.filter((one) => one !== tag))} /></li>`)}</ul>`}
    <input id=${id} type="text" autocomplete="off" maxlength="100" value=${typed} placeholder=${t("tags_hint")} aria-describedby="${id}-hint"
      onInput=${({ target }) => set_typed(target.value)} onKeyDown=${press} onBlur=${() => typed.trim() && add(typed)} />
    <small id="${id}-hint" class=${error ? "field-error" : ""}>${error ?? t("tags_help")}</small>
    ${known.length > 0 && html`<div class="known-tags" role="group" aria-label=${t("known_tags")}>${known.map(
      (tag) => html`<button type="button" class="chip" onClick=${() => add(tag)}>${tag}</button>`)}</div>`}
  </div>`;
}

function Options() {
  const { args: schema } = draft.kind.value;
  const errors = draft.problems.value;
  const titled = ([name, field]) => [name, { ...field, title: t(`arg_${name}`), description: t(`arg_${name}_hint`) }];
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => name !== "tags").map(titled));
  return html`<details class="options" open=${errors.length > 0}><summary>${t("options")}</summary>
    <${ArgsForm} kind="ingestion" schema=${{ ...schema, properties }} values=${draft.current_args()} errors=${errors} on_change=${draft.set_arg} />
  </details>`;
}

const title_of = (files) => (files.length === 1 ? files[0].name : t("several", { name: files[0].name, n: files.length - 1 }));

async function submit(taken) {
  const args = draft.current_args();
  const files = draft.files.value;
  const take_back = (problem) => {
    draft.files.value = files;
    draft.problems.value = problem.errors;
    trouble(problem);
  };
  const welcomed = (job) => {
    dispatch({ type: "jobs", jobs: [job] });
    go(job_href(job.id));
  };
  remember("args/ingestion", args);
  [draft.files.value, draft.problems.value] = [[], []];
  await send({ kind: "ingestion", args, files: taken, welcomed }, title_of(taken), take_back);
}

/** The form in the counter; `choice` is the choice between kinds. */
export function IngestionForm({ choice }) {
  const { taken, left_out } = sorted_out(draft.files.value, (name) => draft.accepts(draft.kind.value, name));
  const hand_in = (event) => {
    event.preventDefault();
    return taken.length ? submit(taken) : toast(t("add_first"), { is_trouble: true });
  };
  return html`<form onSubmit=${hand_in} class="ingestion-form">
    ${choice}
    <${DropZone} /><${FolderButton} />
    <${Chosen} taken=${taken} left_out=${left_out} />
    <${Tags} /><${Options} />
    <button type="submit" class="primary wide">${taken.length ? t("put_in", { n: taken.length }) : t("put_in_none")}</button>
  </form>`;
}
