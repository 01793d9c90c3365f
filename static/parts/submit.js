// The counter where work is handed in: drop zone, kind, options, and the uploads on their way.

import * as api from "../api.js";
import * as draft from "../draft.js";
import { plural, size } from "../format.js";
import { html, signal, useEffect, useRef, useState } from "../html.js";
import { lazy } from "../lazy.js";
import { form_for } from "../kinds/registry.js";
import { server } from "../store.js";
import { again, forget, send, uploads } from "../uploads.js";
import { Icon, IconButton } from "./icons.js";
import { toast, trouble } from "./toasts.js";

const ArgsForm = lazy(() => import("./args_form.js"), "ArgsForm");
const examples = signal(null);

/** Where files are dropped or chosen for the draft. */
export function DropZone() {
  const input = useRef(null);
  const kind = draft.kind.value;
  const takes = kind?.accepts?.length ? kind.accepts.join(", ") : "any file";
  const pick = ({ target }) => {
    draft.add_files([...target.files]);
    target.value = ""; // so that the same file can be picked again
  };
  return html`<label class="drop-zone">
    <input ref=${input} type="file" multiple class="visually-hidden" onChange=${pick} aria-describedby="takes" />
    <${Icon} name="upload" />
    <span><strong>Drop files here</strong> or <span class="as-link">choose</span></span>
    <small id="takes">${takes}</small>
  </label>`;
}

function FileList() {
  const files = draft.files.value;
  const kind = draft.kind.value;
  if (!files.length) return null;
  return html`<ul class="file-list" aria-label="Files to submit">
    ${files.map(
      (file) => html`<li class=${kind && !draft.accepts(kind, file.name) ? "wrong" : ""}>
        <${Icon} name="file" /><span class="name">${file.name}</span><small>${size(file.size)}</small>
        <${IconButton} icon="close" name=${`Take out ${file.name}`} onClick=${() => draft.remove_file(file)} />
      </li>`,
    )}
  </ul>`;
}

function KindChoice() {
  const kind = draft.kind.value;
  const kinds = draft.available.value;
  if (!kind || kinds.length < 2) return null;
  return html`<div class="field">
    <label for="kind">What to do</label>
    <select id="kind" value=${kind.name} onChange=${({ target }) => draft.choose_kind(target.value)}>
      ${kinds.map((one) => html`<option value=${one.name} selected=${one.name === kind.name}>${one.title || one.name}</option>`)}
    </select>
    ${kind.description && html`<small>${kind.description}</small>`}
  </div>`;
}

function Options() {
  const [is_open, set_open] = useState(false);
  const kind = draft.kind.value;
  const errors = draft.problems.value;
  const has_fields = Object.keys(kind?.args?.properties ?? {}).length > 0;
  if (!has_fields) return null;
  const is_demanding = kind.args.required?.length > 0 || (kind.max_files === 0) || errors.length > 0;
  return html`<details class="options" open=${is_demanding} key=${kind.name}
    onToggle=${({ currentTarget }) => set_open(currentTarget.open)}>
    <summary>Options</summary>
    ${(is_open || is_demanding) && html`<${ArgsForm} schema=${kind.args} values=${draft.current_args()} errors=${errors} on_change=${draft.set_arg} />`}
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
  return html`<fieldset class="field inline"><legend class="visually-hidden">How many jobs</legend>
    ${choice(false, `One job for all ${count}`)}${choice(true, "One job each")}
  </fieldset>`;
}

function Upload({ upload }) {
  const { id, title, fraction, problem, stop } = upload;
  if (problem) {
    return html`<li class="upload trouble" role="alert">
      <p><strong>${title}</strong> was not taken: ${problem.message}
        ${problem.remediation && html`<small>${problem.remediation}</small>`}
        ${problem.errors.map(({ pointer, detail }) => html`<small><code>${pointer}</code> ${detail}</small>`)}</p>
      <span class="actions">
        <button type="button" class="small" onClick=${() => again(upload)}>Try again</button>
        <${IconButton} icon="close" name="Close" onClick=${() => forget(id)} />
      </span>
    </li>`;
  }
  return html`<li class="upload">
    <p>${fraction < 1 ? "Sending" : "Storing"} <strong>${title}</strong></p>
    <progress max="1" value=${fraction} aria-label=${`Upload of ${title}`}></progress>
    <${IconButton} icon="close" name=${`Stop sending ${title}`} onClick=${stop} />
  </li>`;
}

/** What is on its way, or was not taken. */
export function Uploads() {
  if (!uploads.value.length) return null;
  return html`<ul class="uploads">
    ${uploads.value.map((upload) => html`<${Upload} key=${upload.id} upload=${upload} />`)}
  </ul>`;
}

// Only what some kind here takes: an example may belong to a kind that is not installed.
const is_usable = ({ kind, name }) => draft.available.value.some((one) => one.name === kind && draft.accepts(one, name));

async function load_examples() {
  try {
    examples.value = await api.examples();
  } catch {
    examples.value = null; // the offer is just not made
  }
}

function fill_in(kind, file) {
  draft.choose_kind(kind.name);
  draft.add_files([file]);
  toast(`${file.name} is ready: fill in the rest`);
}

async function try_example(example) {
  try {
    const file = await api.example_file(example);
    const kind = draft.available.value.find(({ name }) => name === example.kind);
    if (kind.args?.required?.length) return fill_in(kind, file); // somebody has to say more before it can be sent
    await send({ kind: example.kind, args: {}, files: [file] }, example.title ?? example.name);
  } catch (problem) {
    trouble(problem);
  }
}

/** An offer of bundled inputs, for somebody who has nothing at hand. */
export function TryIt() {
  const is_live = server.value.is_live;
  useEffect(() => {
    if (is_live && examples.value === null) load_examples();
  }, [is_live]);
  const usable = (examples.value ?? []).filter(is_usable);
  if (!usable.length) return null;
  return html`<div class="try-it">
    <span class="muted">Nothing at hand? Try</span>
    ${usable.slice(0, 4).map(
      (example) => html`<button type="button" class="chip" onClick=${() => try_example(example)}>
        ${example.title ?? example.name}
      </button>`,
    )}
  </div>`;
}

function PlainForm() {
  const count = draft.files.value.length;
  const submit = async (event) => {
    event.preventDefault();
    const obstacle = draft.obstacle();
    if (obstacle) return toast(obstacle, { is_trouble: true });
    await draft.submit();
  };
  return html`<form onSubmit=${submit}>
    <${DropZone} /><${FileList} /><${KindChoice} /><${SplitChoice} /><${Options} />
    <button type="submit" class="primary wide" disabled=${!draft.kind.value}>
      ${count ? `Put ${plural(count, "file")} in line` : "Put in line"}
    </button>
  </form>`;
}

/** The whole panel; a kind may bring a form of its own. */
export function Submit() {
  const Form = form_for(draft.kind.value?.name);
  return html`<section class="panel submit" aria-labelledby="submit-title">
    <h2 id="submit-title">Take a number</h2>
    ${Form ? html`<${Form} key=${draft.kind.value.name} choice=${html`<${KindChoice} />`} />` : html`<${PlainForm} />`}
    <${Uploads} />
    <${TryIt} />
  </section>`;
}
