// The counter where work is handed in: drop zone, kind, options, and the uploads on their way.

import * as draft from "../draft.js";
import { percent, size } from "../format.js";
import { html, useRef, useState } from "../html.js";
import { form_for } from "../kinds/registry.js";
import { messages } from "../messages.js";
import { again, forget, uploads } from "../uploads.js";
import { ArgsForm } from "./args_form.js";
import { Icon, IconButton } from "./icons.js";
import { toast } from "./toasts.js";
import { TryIt } from "./try_it.js";
import { WouldFinish } from "./would_finish.js";

const t = messages("line");
const FILES_SHOWN = 30;

/** Where files are dropped or chosen for the draft. */
export function DropZone() {
  const input = useRef(null);
  const kind = draft.kind.value;
  const takes = kind?.accepts?.length ? kind.accepts.join(", ") : t("any_file");
  const pick = ({ target }) => {
    draft.add_files([...target.files]);
    target.value = ""; // so that the same file can be picked again
  };
  return html`<label class="drop-zone">
    <input ref=${input} type="file" multiple class="visually-hidden" onChange=${pick} aria-describedby="takes" />
    <${Icon} name="upload" />
    <span>${t.parts("drop_or_choose", { drop: html`<strong>${t("drop_here")}</strong>`, choose: html`<span class="as-link">${t("choose")}</span>` })}</span>
    <small id="takes">${takes}</small>
  </label>`;
}

/** A button that takes every file of a folder. */
function FolderButton() {
  const choose = () => {
    const input = Object.assign(document.createElement("input"), { type: "file", multiple: true, webkitdirectory: true });
    input.onchange = () => draft.add_files([...input.files].filter(({ name }) => !name.startsWith(".")));
    input.click();
  };
  return html`<button type="button" class="small quiet folder" onClick=${choose}><${Icon} name="folder" />${t("choose_folder")}</button>`;
}

function FileList() {
  const [is_open, set_open] = useState(false);
  const files = draft.files.value;
  const kind = draft.kind.value;
  if (!files.length) return null;
  const shown = is_open ? files : files.slice(0, FILES_SHOWN);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return html`<div class="chosen-files">
    ${files.length > 1 && html`<p class="chosen-total"><strong>${t("files", { n: files.length })}</strong> <span class="muted">${size(total)}</span>
      <button type="button" class="small quiet" onClick=${() => (draft.files.value = [])}>${t("no_files_after_all")}</button></p>`}
    <ul class="file-list" aria-label=${t("files_to_submit")}>
      ${shown.map(
        (file) => html`<li class=${kind && !draft.accepts(kind, file.name) ? "wrong" : ""}>
          <${Icon} name="file" /><span class="name" title=${file.webkitRelativePath || file.name}>${file.name}</span><small>${size(file.size)}</small>
          <${IconButton} icon="close" name=${t("take_out", { name: file.name })} onClick=${() => draft.remove_file(file)} />
        </li>`,
      )}
    </ul>
    ${shown.length < files.length && html`<button type="button" class="small quiet" onClick=${() => set_open(true)}>${t("show_all", { n: files.length })}</button>`}
  </div>`;
}

/** The files of an earlier job, which need not be sent once more. */
function Reused({ job }) {
  return html`<div class="reused" role="group" aria-label=${t("reused")}>
    <p><strong>${t("again_title", { title: job.title })}</strong> <span class="muted">${t("again_hint")}</span></p>
    ${job.inputs?.length > 0 && html`<ul class="file-list">${job.inputs.map(
      ({ name, size_bytes }) => html`<li><${Icon} name="file" /><span class="name">${name}</span><small>${size(size_bytes)}</small></li>`,
    )}</ul>`}
    <button type="button" class="small" onClick=${() => (draft.reused.value = null)}>${t("other_files")}</button>
  </div>`;
}

function KindChoice() {
  const kind = draft.kind.value;
  const kinds = draft.available.value;
  if (!kind || kinds.length < 2) return null;
  return html`<div class="field">
    <label for="kind">${t("what_to_do")}</label>
    <select id="kind" value=${kind.name} onChange=${({ target }) => draft.choose_kind(target.value)} aria-describedby="kind-hint">
      ${kinds.map((one) => html`<option value=${one.name} selected=${one.name === kind.name}>${one.title || one.name}</option>`)}
    </select>
    <small id="kind-hint">${kind.description}</small>
  </div>`;
}

function Options() {
  const kind = draft.kind.value;
  const errors = draft.problems.value;
  const has_fields = Object.keys(kind?.args?.properties ?? {}).length > 0;
  const is_demanding = kind?.args?.required?.length > 0 || kind?.max_files === 0 || errors.length > 0 || draft.reused.value;
  const [is_open, set_open] = useState(false);
  if (!has_fields) return null;
  const changed = Object.keys(draft.current_args()).length;
  return html`<details class="options" open=${is_open || is_demanding} onToggle=${({ currentTarget }) => set_open(currentTarget.open)}>
    <summary>${t("options")}${changed > 0 && html` <span class="muted">· ${t("options_changed", { n: changed })}</span>`}</summary>
    ${(is_open || is_demanding) && html`<div class="option-fields">
      <${ArgsForm} kind=${kind.name} schema=${kind.args} values=${draft.current_args()} errors=${errors} on_change=${draft.set_arg} />
      <button type="button" class="small quiet ${changed ? "" : "unneeded"}" onClick=${draft.reset_args}>${t("options_reset")}</button>
    </div>`}
  </details>`;
}

function SplitChoice() {
  const kind = draft.kind.value;
  const count = draft.files.value.length;
  if (count < 2 || !kind || kind.max_files < 2) return null;
  const choice = (is_split, text) => html`<label class="check">
    <input type="radio" name="split" checked=${draft.is_split.value === is_split}
      onChange=${() => (draft.is_split.value = is_split)} />${text}
  </label>`;
  return html`<fieldset class="field inline"><legend class="visually-hidden">${t("how_many_jobs")}</legend>
    ${choice(false, t("one_job_for_all", { n: count }))}${choice(true, t("one_job_each"))}
  </fieldset>`;
}

function Upload({ upload }) {
  const { id, title, fraction, problem, stop } = upload;
  if (problem) {
    return html`<li class="upload trouble" role="alert">
      <p>${t.parts("not_taken", { title: html`<strong>${title}</strong>`, why: problem.message })}
        ${problem.remediation && html`<small>${problem.remediation}</small>`}
        ${problem.errors.map(({ pointer, detail }) => html`<small><code>${pointer}</code> ${detail}</small>`)}</p>
      <span class="actions">
        <button type="button" class="small" onClick=${() => again(upload)}>${t("try_again")}</button>
        <${IconButton} icon="close" name=${t("close")} onClick=${() => forget(id)} />
      </span>
    </li>`;
  }
  const what = fraction < 1 ? "sending" : "storing";
  return html`<li class="upload">
    <p>${t.parts(what, { title: html`<strong>${title}</strong>` })} <span class="muted">${fraction < 1 && percent(fraction * 100)}</span></p>
    <progress max="1" value=${fraction} aria-label=${t("upload_of", { title })}></progress>
    <${IconButton} icon="close" name=${t("stop_sending", { title })} onClick=${stop} />
  </li>`;
}

/** What is on its way, or was not taken. */
export function Uploads() {
  if (!uploads.value.length) return null;
  return html`<ul class="uploads" aria-label=${t("uploads")}>
    ${uploads.value.map((upload) => html`<${Upload} key=${upload.id} upload=${upload} />`)}
  </ul>`;
}

function submit_words(kind, count) {
  if (draft.reused.value) return t("put_again");
  if (draft.jobs_to_be.value > 1) return t("put_jobs", { n: draft.jobs_to_be.value });
  return count ? t("put_files", { n: count }) : t("put_in_line");
}

function PlainForm() {
  const kind = draft.kind.value;
  const job = draft.reused.value;
  const takes_files = kind?.max_files !== 0 || draft.files.value.length > 0;
  const submit = async (event) => {
    event.preventDefault();
    const obstacle = draft.obstacle();
    if (obstacle) return toast(obstacle, { is_trouble: true });
    await draft.submit();
  };
  return html`<form onSubmit=${submit} novalidate>
    ${job ? html`<${Reused} job=${job} />` : takes_files && html`<div class="files-in"><${DropZone} /><${FolderButton} /></div>`}
    ${!job && html`<${FileList} />`}
    <${KindChoice} /><${SplitChoice} /><${Options} key=${kind?.name} />
    <button type="submit" class="primary wide" disabled=${!kind}>${submit_words(kind, draft.files.value.length)}</button>
  </form>`;
}

/** The whole panel; a kind may bring a form of its own. */
export function Submit() {
  const kind = draft.kind.value;
  const Form = !draft.reused.value && form_for(kind?.name);
  return html`<section class="panel submit" aria-labelledby="submit-title">
    <h2 id="submit-title">${t("take_a_number")}</h2>
    ${Form ? html`<${Form} key=${kind.name} choice=${html`<${KindChoice} />`} />` : html`<${PlainForm} />`}
    <${WouldFinish} />
    <${Uploads} />
    <${TryIt} />
  </section>`;
}
