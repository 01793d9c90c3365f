// Hand in sheets: whom to look for, PDFs and links in the order in which they are to be read.

import * as api from "../../api.js";
import * as draft from "../../draft.js";
import { size } from "../../format.js";
import { html, signal, useId, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { ArgsForm } from "../../parts/args_form.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { DropZone } from "../../parts/submit.js";
import { toast, trouble } from "../../parts/toasts.js";
import { remember } from "../../remember.js";
import { batch_href, go } from "../../router.js";
import { send } from "../../uploads.js";
import { NameInput } from "./name.js";
import { moved } from "./order.js";

const t = messages("heatsheets");
const links = signal([]);
const OWN = new Set(["swimmer", "url"]); // args with a field of their own here

function Reorderable({ items, set_items, name_of, detail_of, icon, label, remove }) {
  const [dragged, set_dragged] = useState(null);
  if (!items.length) return null;
  const move = (from, to) => set_items(moved(items, from, to));
  const over = (event, index) => {
    if (dragged === null) return;
    event.preventDefault();
    if (index === dragged) return;
    move(dragged, index);
    set_dragged(index);
  };
  return html`<ol class="file-list reorder" aria-label=${label}>
    ${items.map((item, index) => html`<li key=${name_of(item)} draggable="true" class=${index === dragged ? "dragged" : ""}
      onDragStart=${(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", name_of(item));
        set_dragged(index);
      }}
      onDragOver=${(event) => over(event, index)} onDrop=${(event) => event.preventDefault()} onDragEnd=${() => set_dragged(null)}>
      <${Icon} name=${icon} /><span class="name" title=${name_of(item)}>${name_of(item)}</span>
      ${detail_of && html`<small>${detail_of(item)}</small>`}
      ${items.length > 1 && html`<${IconButton} icon="up" name=${t("move_up", { name: name_of(item) })} disabled=${index === 0} onClick=${() => move(index, index - 1)} />
        <${IconButton} icon="down" name=${t("move_down", { name: name_of(item) })} disabled=${index === items.length - 1} onClick=${() => move(index, index + 1)} />`}
      <${IconButton} icon="close" name=${t("take_out", { name: name_of(item) })} onClick=${() => remove(item)} />
    </li>`)}
  </ol>`;
}

function LinkInput() {
  const id = useId();
  const [text, set_text] = useState("");
  const add = () => {
    const address = text.trim();
    if (!address) return;
    if (!/^https?:\/\/\S+$/i.test(address)) return toast(t("link_wrong"), { is_trouble: true });
    if (!links.value.includes(address)) links.value = [...links.value, address];
    set_text("");
  };
  const key = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return html`<div class="field"><label for=${id}>${t("link")}</label>
    <div class="with-button"><input id=${id} type="text" inputmode="url" autocomplete="off" spellcheck="false" placeholder="https://…" value=${text}
      onInput=${({ target }) => set_text(target.value)} onKeyDown=${key} />
      <button type="button" onClick=${add}><${Icon} name="plus" />${t("add")}</button></div></div>`;
}

function form_of(args, files, urls) {
  const form = new FormData();
  for (const [name, value] of Object.entries(args)) {
    if (value !== undefined) form.append(name, value === null ? "none" : value);
  }
  if (urls.length) form.append("urls", JSON.stringify(urls));
  for (const file of files) form.append("pdfs", file, file.name);
  return form;
}

async function submit() {
  const args = draft.current_args();
  const [files, urls] = [draft.files.value, links.value];
  const take_back = (problem) => {
    [draft.files.value, links.value] = [files, urls];
    draft.problems.value = problem.errors;
    trouble(problem);
  };
  const request = {
    post: (options) => api.send_form("/api/batch/extract", form_of(args, files, urls), options),
    welcomed: ({ batchId }) => go(batch_href(batchId)),
  };
  remember("args/heatsheets", args);
  [draft.files.value, links.value, draft.problems.value] = [[], [], []];
  await send(request, t("upload_title", { name: args.swimmer, n: files.length + urls.length }), take_back);
}

function obstacle(files) {
  if (!draft.current_args().swimmer?.trim()) return t("name_first");
  if (!files.length && !links.value.length) return t("sheet_first");
  const wrong = files.find((file) => !draft.accepts(draft.kind.value, file.name));
  return wrong ? t("wrong_file", { name: wrong.name }) : null;
}

function Options() {
  const { args: schema } = draft.kind.value;
  const errors = draft.problems.value;
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !OWN.has(name)));
  return html`<details class="options" open=${errors.length > 0}>
    <summary>${t("options")}</summary>
    <${ArgsForm} kind="heatsheets" schema=${{ ...schema, properties }} values=${draft.current_args()} errors=${errors} on_change=${draft.set_arg} />
  </details>`;
}

/** The form in the counter; `choice` is the choice between kinds. */
export function HeatsheetsForm({ choice }) {
  const files = draft.files.value;
  const count = files.length + links.value.length;
  const hand_in = (event) => {
    event.preventDefault();
    const why_not = obstacle(files);
    return why_not ? toast(why_not, { is_trouble: true }) : submit();
  };
  return html`<form onSubmit=${hand_in} class="heatsheets-form">
    ${choice}
    <${NameInput} label=${t("swimmer")} value=${draft.current_args().swimmer ?? ""} on_change=${(name) => draft.set_arg("swimmer", name || undefined)} />
    <${DropZone} />
    <${Reorderable} label=${t("sheets")} icon="file" items=${files} name_of=${(file) => file.name} detail_of=${(file) => size(file.size)}
      set_items=${(next) => (draft.files.value = next)} remove=${draft.remove_file} />
    <${LinkInput} />
    <${Reorderable} label=${t("links")} icon="link" items=${links.value} name_of=${(link) => link}
      set_items=${(next) => (links.value = next)} remove=${(gone) => (links.value = links.value.filter((link) => link !== gone))} />
    <${Options} />
    <button type="submit" class="primary wide">${count ? t("find_on", { n: count }) : t("find_swimmer")}</button>
  </form>`;
}
