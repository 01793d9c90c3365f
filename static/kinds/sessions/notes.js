// The notes: what a machine or a model found, each with the place in the transcript on which it rests.

import { html, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon } from "../../parts/icons.js";
import { toast, trouble } from "../../parts/toasts.js";
import { make_notes } from "./api.js";
import { show_segment } from "./playing.js";
import { clock } from "./times.js";

const t = messages("sessions");

/** A value of the schema in words: the catalogue's, else the value itself with its underscores taken out. */
function word(value) {
  const key = `value_${value}`;
  const known = t(key);
  return known === key ? String(value).replaceAll("_", " ") : known;
}

function Evidence({ evidence }) {
  if (!evidence?.length) return null;
  return html`<ul class="session-evidence">
    ${evidence.map((one) => html`<li key=${one.segment_id + one.quote}>
      <button type="button" class="small quiet" onClick=${() => show_segment(one.segment_id, one.start)}
        aria-label=${t("show_place", { time: clock(one.start) })}>${clock(one.start)}</button>
      <q>${one.quote}</q>
    </li>`)}
  </ul>`;
}

function Found({ title, detail, entry, look = "" }) {
  return html`<li class=${`noted ${look}`}>
    <p><strong>${title}</strong>${detail && html` <span class="muted">${detail}</span>`}</p>
    <${Evidence} evidence=${entry.evidence} />
  </li>`;
}

function Group({ name, entries, row }) {
  if (!entries?.length) return null;
  return html`<section class="note-group" aria-label=${t(name)}>
    <h3>${t(name)}</h3>
    <ul class="plain">${entries.map((entry, index) => html`<${Found} key=${index} entry=${entry} ...${row(entry)} />`)}</ul>
  </section>`;
}

function Risks({ flags }) {
  if (!flags?.length) return null;
  return html`<section class="note-group risks" aria-label=${t("risk_flags")}>
    <h3><${Icon} name="alert" />${t("risk_flags")}</h3>
    <ul class="plain">${flags.map((flag, index) => html`<${Found} key=${index} entry=${flag} look=${`severity-${flag.severity}`}
      title=${word(flag.type)} detail=${[word(flag.severity), flag.negated && t("negated"), flag.verified === false && t("unverified")].filter(Boolean).join(" · ")} />`)}</ul>
  </section>`;
}

const MOOD_PLACES = { very_low: 0, low: 1, neutral: 2, positive: 3, very_positive: 4 };

function Mood({ notes }) {
  if (!notes.session_mood) return null;
  const parts = notes.mood_parts ?? [];
  return html`<section class="note-group" aria-label=${t("session_mood")}>
    <h3>${t("session_mood")}</h3>
    <p><strong>${word(notes.session_mood)}</strong>${notes.mood_trajectory && html` <span class="muted">${word(notes.mood_trajectory)}</span>`}</p>
    ${parts.length > 1 && html`<ol class="mood">
      ${parts.map((part) => html`<li key=${part.start} class=${`mood-${MOOD_PLACES[part.mood] ?? 2}`}>
        <span class="mood-bar" aria-hidden="true"></span>
        <small><span class="muted">${clock(part.start)}</span> ${word(part.mood)}</small>
      </li>`)}
    </ol>`}
  </section>`;
}

function Text({ name, notes }) {
  const text = notes[name];
  if (!text) return null;
  return html`<section class="note-group" aria-label=${t(name)}>
    <h3>${t(name)}</h3><p class="prose">${text}</p><${Evidence} evidence=${notes.evidence?.[name]} />
  </section>`;
}

function Quotes({ quotes }) {
  if (!quotes?.length) return null;
  return html`<section class="note-group" aria-label=${t("significant_quotes")}>
    <h3>${t("significant_quotes")}</h3>
    ${quotes.map((one) => html`<blockquote key=${one.segment_id}><p>${one.quote}</p>
      <button type="button" class="small quiet" onClick=${() => show_segment(one.segment_id, one.timestamp_start)}
        aria-label=${t("show_place", { time: clock(one.timestamp_start) })}>${clock(one.timestamp_start)}</button></blockquote>`)}
  </section>`;
}

const owner_of = (item) => [item.owner && word(item.owner), item.due].filter(Boolean).join(" · ");

/** What is said of notes that are older than the words, and the button that makes them again. */
function Renewal({ notes, can_renew, on_made }) {
  const [is_busy, set_busy] = useState(false);
  const renew = async () => {
    set_busy(true);
    try {
      on_made(await make_notes(notes.session_id));
      toast(t("notes_made"));
    } catch (problem) {
      trouble(problem);
    }
    set_busy(false);
  };
  return html`<div class="note warn-note notes-renewal" aria-busy=${is_busy}>
    <p>${t("notes_outdated")}</p>
    ${can_renew && html`<button type="button" class="small" disabled=${is_busy} onClick=${renew}>
      <${Icon} name="retry" />${t(is_busy ? "notes_being_made" : "notes_make_again")}</button>`}
  </div>`;
}

/** The panel with the notes; a patient sees the summary and what to do, the server sends no more. */
export function Notes({ notes, can_renew, on_made }) {
  const is_hint = notes.engine === "rules";
  return html`<section class="panel notes" aria-labelledby="notes-title">
    <header class="panel-head"><h2 id="notes-title">${t("notes")}</h2>
      ${is_hint && html`<span class="status partial" title=${t("hint_detail")}>${t("hint")}</span>`}</header>
    ${is_hint && html`<p class="muted note">${t("hint_detail")}</p>`}
    ${notes.transcript_changed && html`<${Renewal} notes=${notes} can_renew=${can_renew} on_made=${on_made} />`}
    <${Risks} flags=${notes.risk_flags} />
    <${Text} name="patient_summary" notes=${notes} />
    <${Group} name="action_items" entries=${notes.action_items} row=${(item) => ({ title: item.task, detail: [word(item.category), owner_of(item)].filter(Boolean).join(" · ") })} />
    <${Text} name="topic_summary" notes=${notes} />
    <${Mood} notes=${notes} />
    <${Group} name="key_topics" entries=${notes.key_topics} row=${({ topic }) => ({ title: topic })} />
    <${Group} name="emotional_themes" entries=${notes.emotional_themes} row=${({ theme }) => ({ title: word(theme) })} />
    <${Group} name="strategies" entries=${notes.strategies} row=${({ strategy, status }) => ({ title: strategy, detail: word(status) })} />
    <${Group} name="triggers" entries=${notes.triggers} row=${({ trigger }) => ({ title: trigger })} />
    <${Quotes} quotes=${notes.significant_quotes} />
    <${Group} name="unresolved_concerns" entries=${notes.unresolved_concerns} row=${({ concern }) => ({ title: concern })} />
    <${Group} name="follow_up_topics" entries=${notes.follow_up_topics} row=${({ topic }) => ({ title: topic })} />
    <${Text} name="therapist_notes" notes=${notes} />
    ${notes.warnings?.length > 0 && html`<ul class="plain muted">${notes.warnings.map((one) => html`<li key=${one.code}><small>${one.message}</small></li>`)}</ul>`}
  </section>`;
}
