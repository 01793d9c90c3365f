// Sessions: who was heard when, and what is being written down now. `#/sessions` lists, `#/sessions/ID` opens one.

import { example_file, examples as fetch_examples } from "../api.js";
import { duration, when } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import * as api from "../kinds/sessions/api.js";
import { SessionPage } from "../kinds/sessions/page.js";
import { SessionUpload, session_href } from "../kinds/sessions/upload.js";
import { messages } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { Status } from "../parts/progress.js";
import { trouble } from "../parts/toasts.js";
import { example_title } from "../parts/try_it.js";
import { go, route, set_query } from "../router.js";
import { now_ms, state } from "../store.js";
import { send } from "../uploads.js";
import { patient_name, patients } from "../who.js";

const t = messages("sessions");
const TYPING_MS = 200;

function Row({ session }) {
  // What the stream says of its job is newer than the list.
  const job = state.value.jobs[session.job_id];
  const status = job?.status ?? session.status;
  const percent = job?.progress?.percent ?? session.progress;
  const facts = [patient_name(session.patient_id), session.duration_seconds && duration(session.duration_seconds), session.has_notes && t("with_notes")];
  return html`<li class="row">
    <${Status} status=${status} is_partial=${session.partial} />
    <div class="what"><a class="job-title" href=${session_href(session.session_id)}>${session.title}</a>
      <small>${facts.filter(Boolean).join(" · ")}</small>
      ${status === "running" && html`<progress max="100" value=${percent} aria-label=${t("progress_of", { name: session.title })}></progress>`}</div>
    <time class="muted" datetime=${session.created_at}>${when(session.created_at, now_ms.value)}</time>
  </li>`;
}

function Examples() {
  const [examples, set_examples] = useState([]);
  useEffect(() => {
    fetch_examples().then((all) => set_examples(all.filter(({ kind }) => kind === "sessions")), () => {});
  }, []);
  const hand_in = async (example) => {
    try {
      const file = await example_file(example);
      const request = {
        post: (options) => api.upload({ file, title: example_title(example), speakers: example.name.endsWith(".opus") ? "1" : "2" }, options),
        welcomed: ({ session_id }) => go(session_href(session_id)),
      };
      await send(request, example_title(example));
    } catch (problem) {
      trouble(problem);
    }
  };
  // With accounts a session is somebody's: the form has to say whose, unless it is one's own.
  if (!examples.length || (patients.value !== null && patients.value !== "self")) return null;
  return html`<div class="try-it"><span class="muted">${t("try_it")}</span>
    ${examples.map((one) => html`<button type="button" class="chip" key=${one.url} onClick=${() => hand_in(one)}>${example_title(one)}</button>`)}</div>`;
}

function Empty({ is_searched }) {
  return html`<div class="empty-state"><${Icon} name="file" />
    <h2>${t(is_searched ? "none_found" : "none_yet")}</h2><p class="muted">${t(is_searched ? "none_found_detail" : "none_yet_detail")}</p>${!is_searched && html`<${Examples} />`}</div>`;
}

// Changes when a session begins, ends or is removed: the list is then read again.
const shape = () =>
  Object.values(state.value.jobs)
    .filter((job) => job.kind === "sessions")
    .map((job) => `${job.id}${job.status}`)
    .sort()
    .join();

function List() {
  const q = route.value.query.get("q") ?? "";
  const [page, set_page] = useState(null);
  const [typed, set_typed] = useState(q);
  const timer = useRef(null);
  const asked = useRef(0);
  const moved = shape();
  const load = async (cursor = null) => {
    const mine = ++asked.current;
    try {
      const next = await api.sessions({ q, cursor });
      if (mine !== asked.current) return; // an older answer, overtaken
      set_page((before) => (cursor ? { ...next, sessions: [...before.sessions, ...next.sessions] } : next));
    } catch (problem) {
      if (mine === asked.current) trouble(problem);
    }
  };
  useEffect(() => {
    load();
  }, [q, moved]);
  const type = ({ target }) => {
    set_typed(target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => set_query({ q: target.value.trim() }), TYPING_MS);
  };
  return html`<section aria-labelledby="sessions-title">
    <header class="list-head"><h2 id="sessions-title" class="section-title">${t("recent")}</h2>
      <input type="search" class="find" value=${typed} onInput=${type} placeholder=${t("find_session")} aria-label=${t("find_session")} /></header>
    ${page && page.sessions.length === 0 && html`<${Empty} is_searched=${q !== ""} />`}
    ${page?.sessions.length > 0 && html`<ul class="rows">${page.sessions.map((one) => html`<${Row} key=${one.session_id} session=${one} />`)}</ul>`}
    ${page?.next_cursor && html`<button type="button" class="quiet wide" onClick=${() => load(page.next_cursor)}>${t("more")}</button>`}
  </section>`;
}

/** The screen at #/sessions and #/sessions/ID. */
export function Sessions({ id }) {
  if (id) return html`<${SessionPage} id=${id} />`;
  return html`<h1 class="visually-hidden">${t("sessions")}</h1>
    <div class="home sessions-home">
      <div class="counter"><section class="panel submit" aria-labelledby="upload-title">
        <h2 id="upload-title">${t("new_session")}</h2><${SessionUpload} /></section></div>
      <div class="line"><${List} /></div>
    </div>`;
}
