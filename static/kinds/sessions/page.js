// One session: how far it is, then the player, the words and the notes side by side.

import * as actions from "../../actions.js";
import { duration, full_time, percent } from "../../format.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon } from "../../parts/icons.js";
import { Stages, Status } from "../../parts/progress.js";
import { trouble } from "../../parts/toasts.js";
import { go } from "../../router.js";
import { state } from "../../store.js";
import * as api from "./api.js";
import { patient_name } from "../../who.js";
import { current } from "./editing.js";
import { Notes } from "./notes.js";
import { Player } from "./player.js";
import { Transcript } from "./transcript.js";

const t = messages("sessions");
const WARNINGS = ["audio_truncated", "audio_damaged", "diarizing_failed", "one_voice", "notes_failed", "playback_failed"];
const EDGE_PX = 12;
const FORMATS = ["md", "docx", "vtt", "srt", "txt"];

// A popover stands on its own layer, and knows nothing of the button that opens it.
function place_below(button, menu) {
  const { bottom, left } = button.getBoundingClientRect();
  const last = document.documentElement.clientWidth - menu.offsetWidth - EDGE_PX;
  menu.style.insetBlockStart = `${bottom + scrollY}px`;
  menu.style.insetInlineStart = `${Math.max(EDGE_PX, Math.min(left, last))}px`;
}

function Export({ session }) {
  const button = useRef(null);
  if (!session.transcript) return null;
  const opened = ({ newState, currentTarget }) => newState === "open" && place_below(button.current, currentTarget);
  return html`<div class="export"><button ref=${button} type="button" class="small" popovertarget="export-menu"><${Icon} name="download" />${t("export")}</button>
    <ul id="export-menu" popover class="menu-popover" onToggle=${opened}>
      ${FORMATS.map((format) => html`<li key=${format}><a href=${api.export_url(session.session_id, format)} download>${t(`export_${format}`)}</a></li>`)}
    </ul></div>`;
}

function Working({ job, session }) {
  const status = job?.status ?? session.status;
  if (!["queued", "running", "held"].includes(status)) return null;
  const share = job?.progress?.percent ?? session.progress;
  const position = job?.position ?? session.position;
  return html`<section class="panel how-far" aria-label=${t("how_far")}>
    ${status === "queued"
      ? html`<p><strong>${position ? t("in_line", { n: position }) : t("waiting")}</strong></p>`
      : html`<progress max="100" value=${share} aria-label=${t("progress_of", { name: session.title })}></progress>
        <p class="muted">${[percent(share), session.estimated_time_remaining && t("left", { time: duration(session.estimated_time_remaining) })].filter(Boolean).join(" · ")}</p>`}
    <${Stages} stages=${job?.progress?.stages?.length ? job.progress.stages : session.stages} />
  </section>`;
}

function Failure({ session }) {
  if (!session.error) return null;
  return html`<section class="panel failure" role="alert"><h2><${Icon} name="alert" />${session.error.message}</h2>
    ${session.error.remediation && html`<p>${session.error.remediation}</p>`}<code>${session.error.code}</code></section>`;
}

function Warnings({ warnings }) {
  const shown = warnings.filter(({ code }) => code !== "no_speech" && code !== "draft"); // said where the words are
  if (!shown.length) return null;
  return html`<ul class="panel warnings plain">${shown.map((one) => html`<li key=${one.code}><${Icon} name="alert" />${WARNINGS.includes(one.code) ? t(`warning_${one.code}`) : one.message}</li>`)}</ul>`;
}

function remove(session) {
  go("#/sessions");
  actions.remove_many([{ id: session.job_id, title: session.title }]);
}

function Buttons({ session, job }) {
  const title = session.title;
  return html`<div class="actions">
    <${Export} session=${session} />
    ${session.can.retry && html`<button type="button" class="small" onClick=${() => actions.retry({ id: session.job_id, title })}><${Icon} name="retry" />${t("retry")}</button>`}
    ${session.can.cancel && html`<button type="button" class="small danger" disabled=${Boolean(job?.cancel_requested_at)}
      onClick=${() => actions.cancel({ id: session.job_id, title, status: job?.status ?? session.status })}>${t("cancel")}</button>`}
    ${session.can.delete && html`<button type="button" class="small quiet" onClick=${() => remove(session)}><${Icon} name="trash" />${t("remove")}</button>`}
  </div>`;
}

function Head({ session, job }) {
  const facts = [patient_name(session.patient_id), session.duration_seconds && duration(session.duration_seconds), full_time(session.created_at), session.engine];
  return html`<header class="job-header"><div>
      <h1>${session.title}</h1>
      <p class="sub"><${Status} status=${job?.status ?? session.status} is_partial=${session.partial} />
        <span class="muted">${facts.filter(Boolean).join(" · ")}</span></p>
    </div><${Buttons} session=${session} job=${job} /></header>`;
}

/** The page at #/sessions/ID. It reads the session again when its job has reached another stage or its end. */
export function SessionPage({ id }) {
  const session = current.value?.session_id === id ? current.value : null;
  const [notes, set_notes] = useState(null);
  const [is_missing, set_missing] = useState(false);
  const job = session && state.value.jobs[session.job_id];
  const moment = job ? `${job.status}/${job.progress?.stage}` : "";
  useEffect(() => {
    let is_shown = true;
    const load = async () => {
      try {
        const read = await api.session(id);
        if (!is_shown) return;
        current.value = read;
        if (read.has_notes) {
          const found = await api.notes(id);
          if (is_shown) set_notes(found);
        }
      } catch (problem) {
        if (!is_shown) return;
        if ([403, 404].includes(problem.status)) set_missing(problem);
        else trouble(problem);
      }
    };
    load();
    return () => {
      is_shown = false;
    };
  }, [id, moment]);
  const revision = session?.revision;
  useEffect(() => {
    if (revision === undefined || notes?.session_id !== id) return undefined;
    let is_shown = true; // words were changed here: the notes may have become older than them
    api.notes(id).then((found) => is_shown && set_notes(found), trouble);
    return () => {
      is_shown = false;
    };
  }, [revision]);
  return html`<div class="job talk">
    <a class="back" href="#/sessions"><${Icon} name="back" />${t("sessions")}</a>
    ${is_missing && html`<section class="panel"><h1>${is_missing.message}</h1></section>`}
    ${!session && !is_missing && html`<p class="muted" aria-busy="true">${t("loading")}</p>`}
    ${session && html`<${Head} session=${session} job=${job} />
      <${Failure} session=${session} /><${Working} job=${job} session=${session} /><${Warnings} warnings=${session.warnings} />
      ${session.audio && html`<${Player} key=${session.audio.url} audio=${session.audio} />`}
      ${session.transcript && html`<div class="session-columns">
        <${Transcript} session=${session} />${notes?.session_id === id && html`<${Notes} notes=${notes} on_made=${set_notes}
          can_renew=${session.viewer.can_edit && session.viewer.sees_clinical} />`}</div>`}`}
  </div>`;
}
