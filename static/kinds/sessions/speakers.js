// Who speaks: named once, shown everywhere; a segment given to the wrong one is handed over.

import { html, useRef, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { edit, name_speaker } from "./editing.js";

const t = messages("sessions");

// Colours go by the order of the keys, so that a person keeps theirs.
const place = (session, key) => Object.keys(session.speakers).sort().indexOf(key) % 4;

function NameForm({ session, speaker, close }) {
  const input = useRef(null);
  const save = async (event) => {
    event.preventDefault();
    if (await name_speaker(session.session_id, speaker, input.current.value.trim())) close();
  };
  const key = (event) => event.key === "Escape" && close();
  return html`<form class="name-form" onSubmit=${save}>
    <input ref=${input} aria-label=${t("name_of", { name: session.speakers[speaker] })} value=${session.speakers[speaker]} maxlength="80"
      autocomplete="off" autofocus onKeyDown=${key} />
    <button type="submit" class="small primary">${t("save")}</button>
    <button type="button" class="small quiet" onClick=${close}>${t("discard")}</button>
  </form>`;
}

/** The speakers of a session, each with a button to name them. */
export function Speakers({ session }) {
  const [named, set_named] = useState(null);
  const keys = Object.keys(session.speakers).sort();
  if (!keys.length) return null;
  return html`<ul class="speakers" aria-label=${t("speakers")}>
    ${keys.map((key) => html`<li key=${key} class=${`speaker speaker-${place(session, key)}`}>
      ${named === key
        ? html`<${NameForm} session=${session} speaker=${key} close=${() => set_named(null)} />`
        : html`<span>${session.speakers[key]}</span>
          ${session.viewer.can_edit && html`<button type="button" class="small quiet" onClick=${() => set_named(key)}
            aria-label=${t("rename", { name: session.speakers[key] })}>${t("rename_short")}</button>`}`}
    </li>`)}
  </ul>`;
}

/** Who says a segment; with more than one speaker it can be handed to another. */
export function Speaker({ session, segment }) {
  const keys = Object.keys(session.speakers).sort();
  const look = `speaker speaker-${place(session, segment.speaker)}`;
  if (!session.viewer.can_edit || keys.length < 2) return html`<span class=${look}>${segment.speaker_name}</span>`;
  const give = ({ target }) => edit(session.session_id, { id: segment.id, speaker: target.value });
  return html`<select class=${`${look} as-text`} aria-label=${t("said_by")} value=${segment.speaker} onChange=${give}>
    ${keys.map((key) => html`<option value=${key} selected=${key === segment.speaker}>${session.speakers[key]}</option>`)}
  </select>`;
}
