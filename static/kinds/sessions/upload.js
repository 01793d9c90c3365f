// Hand in a recording or a transcript: whose it is, and how many people speak.

import { html, useEffect, useId, useRef, useState } from "../../html.js";
import { size } from "../../format.js";
import { messages } from "../../messages.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { toast, trouble } from "../../parts/toasts.js";
import { go } from "../../router.js";
import { kinds } from "../../store.js";
import { send } from "../../uploads.js";
import { patients } from "../../who.js";
import * as api from "./api.js";

const t = messages("sessions");
export const session_href = (id) => `#/sessions/${encodeURIComponent(id)}`;

function PatientField({ value, set_value }) {
  const id = useId();
  const known = patients.value;
  if (known === "self") return null; // a patient uploads for nobody else
  return html`<div class="field"><label for=${id}>${t("patient")}</label>
    ${known
      ? html`<select id=${id} value=${value} onChange=${({ target }) => set_value(target.value)} required>
          <option value="">${t("choose_patient")}</option>
          ${known.map((one) => html`<option value=${one.id} selected=${one.id === value}>${one.name}</option>`)}
        </select>`
      : html`<input id=${id} value=${value} maxlength="200" autocomplete="off" placeholder=${t("patient_label")}
          onInput=${({ target }) => set_value(target.value)} />`}
  </div>`;
}

function FileField({ file, set_file }) {
  const input = useRef(null);
  const accepts = kinds.value.find(({ name }) => name === "sessions")?.accepts ?? [];
  const [is_over, set_over] = useState(false);
  const take = (files) => {
    if (files.length > 1) return toast(t("one_file"), { is_trouble: true });
    if (files[0]) set_file(files[0]);
  };
  const drop = (event) => {
    event.preventDefault();
    event.stopPropagation();
    set_over(false);
    take([...event.dataTransfer.files]);
  };
  if (file) {
    return html`<ul class="file-list" aria-label=${t("recording")}><li><${Icon} name="file" /><span class="name">${file.name}</span>
      <small>${size(file.size)}</small><${IconButton} icon="close" name=${t("take_out", { name: file.name })} onClick=${() => set_file(null)} /></li></ul>`;
  }
  return html`<label class=${`drop-zone ${is_over ? "over" : ""}`} onDragOver=${(event) => (event.preventDefault(), set_over(true))}
      onDragLeave=${() => set_over(false)} onDrop=${drop}>
    <input ref=${input} type="file" class="visually-hidden" accept=${accepts.join(",")} aria-describedby="session-takes"
      onChange=${({ target }) => (take([...target.files]), (target.value = ""))} />
    <${Icon} name="upload" />
    <span><strong>${t("drop")}</strong> ${t("or")} <span class="as-link">${t("choose")}</span></span>
    <small id="session-takes">${t("takes")}</small>
  </label>`;
}

/** The form; `choice` is the field that chooses another kind where it stands among others. */
export function SessionUpload({ choice = null }) {
  const [file, set_file] = useState(null);
  const [patient, set_patient] = useState("");
  const [title, set_title] = useState("");
  const [speakers, set_speakers] = useState("2");
  const title_id = useId();
  const speakers_id = useId();
  useEffect(() => {
    if (Array.isArray(patients.value) && patients.value.length === 1) set_patient(patients.value[0].id);
  }, [patients.value]);
  const submit = async (event) => {
    event.preventDefault();
    if (!file) return toast(t("no_file"), { is_trouble: true });
    if (Array.isArray(patients.value) && !patient) return toast(t("choose_patient_first"), { is_trouble: true });
    const wanted = { file, patient: patient.trim(), title: title.trim(), speakers };
    const request = {
      post: (options) => api.upload(wanted, options),
      welcomed: ({ session_id }) => go(session_href(session_id)),
    };
    set_file(null);
    await send(request, wanted.title || file.name, (problem) => {
      set_file(wanted.file);
      trouble(problem);
    });
  };
  return html`<form class="session-upload" onSubmit=${submit}>
    <${FileField} file=${file} set_file=${set_file} />
    ${choice}
    <${PatientField} value=${patient} set_value=${set_patient} />
    <div class="pair">
      <div class="field"><label for=${title_id}>${t("title")}</label>
        <input id=${title_id} value=${title} maxlength="200" autocomplete="off" placeholder=${t("title_hint")}
          onInput=${({ target }) => set_title(target.value)} /></div>
      <div class="field"><label for=${speakers_id}>${t("how_many_speak")}</label>
        <input id=${speakers_id} type="number" min="1" max="8" value=${speakers} onInput=${({ target }) => set_speakers(target.value)} /></div>
    </div>
    <button type="submit" class="primary wide">${t("hand_in")}</button>
  </form>`;
}
