// The words, in order, each with who said them and when: click to play, edit in place, name the speakers.

import { effect, html, useComputed, useEffect, useMemo, useRef, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { draft_of, edit, keep_draft } from "./editing.js";
import { follows, is_playing, play_from, pointed, position } from "./playing.js";
import { Speaker, Speakers } from "./speakers.js";
import { clock, segment_at } from "./times.js";

const t = messages("sessions");
const is_calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function Editor({ session, segment, close }) {
  const known = draft_of(session.session_id, segment.id);
  const [text, set_text] = useState(known ?? segment.text);
  const [is_busy, set_busy] = useState(false);
  const area = useRef(null);
  useEffect(() => {
    area.current.focus();
    area.current.setSelectionRange(text.length, text.length);
  }, []);
  const type = ({ target }) => {
    set_text(target.value);
    keep_draft(session.session_id, segment.id, target.value);
  };
  const drop = () => {
    keep_draft(session.session_id, segment.id, null);
    close();
  };
  const save = async (event) => {
    event?.preventDefault();
    if (text.trim() === segment.text) return drop();
    set_busy(true);
    const is_taken = await edit(session.session_id, { id: segment.id, text: text.trim() });
    set_busy(false);
    if (is_taken) drop();
  };
  const key = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(event);
    if (event.key === "Escape") drop();
  };
  return html`<form class="segment-editor" onSubmit=${save}>
    <textarea ref=${area} aria-label=${t("edit_label", { time: clock(segment.start) })} rows=${Math.max(2, Math.ceil(text.length / 70))}
      value=${text} onInput=${type} onKeyDown=${key}></textarea>
    <div class="actions">
      <button type="submit" class="small primary" disabled=${is_busy}>${t("save")}</button>
      <button type="button" class="small quiet" onClick=${drop}>${t("discard")}</button>
      <small class="muted">${t("editor_keys")}</small>
    </div>
  </form>`;
}

function Original({ session, segment }) {
  const [is_open, set_open] = useState(false);
  if (segment.original_text == null && segment.original_speaker == null) return null;
  return html`<div class="original">
    <button type="button" class="small quiet" aria-expanded=${is_open} onClick=${() => set_open(!is_open)}>${t("edited")}</button>
    ${is_open && html`<div>
      ${segment.original_text != null && html`<p class="muted">${segment.original_text}</p>`}
      ${session.viewer.can_edit && html`<button type="button" class="small"
        onClick=${() => edit(session.session_id, { id: segment.id, restore: true })}>${t("restore")}</button>`}
    </div>`}
  </div>`;
}

function Segment({ session, segment, heard, is_changed_speaker }) {
  const [is_editing, set_editing] = useState(() => draft_of(session.session_id, segment.id) !== null);
  const row = useRef(null);
  const is_heard = useComputed(() => heard.value === segment.id);
  const is_pointed = useComputed(() => pointed.value === segment.id);
  const has_audio = session.audio !== null;
  useEffect(
    () =>
      effect(() => {
        const is_wanted = is_pointed.value || (is_heard.value && is_playing.value && follows.value);
        if (is_wanted) row.current?.scrollIntoView({ block: "center", behavior: is_calm() ? "auto" : "smooth" });
      }),
    [],
  );
  const time = clock(segment.start);
  return html`<li ref=${row} id=${`segment-${segment.id}`} class="segment-row ${is_changed_speaker ? "turn" : ""} ${is_heard.value ? "heard" : ""} ${is_pointed.value ? "pointed" : ""}">
    ${has_audio
      ? html`<button type="button" class="time small quiet" aria-label=${t("play_from", { time })} onClick=${() => play_from(segment.start)}>${time}</button>`
      : html`<span class="time muted">${time}</span>`}
    <div class="said">
      ${is_changed_speaker && html`<${Speaker} session=${session} segment=${segment} />`}
      ${is_editing
        ? html`<${Editor} session=${session} segment=${segment} close=${() => set_editing(false)} />`
        : html`<p class=${segment.confidence !== null && segment.confidence < 0.5 ? "unsure" : ""}>${segment.text}</p>`}
      <${Original} session=${session} segment=${segment} />
    </div>
    ${session.viewer.can_edit && !is_editing && html`<${IconButton} icon="edit" name=${t("edit_label", { time })} onClick=${() => set_editing(true)} />`}
  </li>`;
}

function Empty({ session }) {
  const silence = session.warnings.find(({ code }) => code === "no_speech");
  return html`<p class="muted empty">${silence ? t("no_speech") : t("no_transcript")}</p>`;
}

/** The panel with the transcript of a session. */
export function Transcript({ session }) {
  const { segments } = session.transcript;
  const heard = useComputed(() => (session.audio ? (segment_at(segments, position.value)?.id ?? null) : null));
  const [wanted, set_wanted] = useState("");
  const shown = useMemo(() => {
    const words = wanted.trim().toLowerCase();
    return words ? segments.filter(({ text }) => text.toLowerCase().includes(words)) : segments;
  }, [segments, wanted]);
  return html`<section class="panel transcript" aria-labelledby="transcript-title">
    <header class="panel-head">
      <h2 id="transcript-title">${t("transcript")}</h2>
      ${session.transcript.draft && html`<span class="status partial" title=${t("draft_detail")}><${Icon} name="alert" />${t("draft")}</span>`}
      ${segments.length > 0 && html`<input type="search" class="find" placeholder=${t("find_words")} aria-label=${t("find_words")}
        value=${wanted} onInput=${({ target }) => set_wanted(target.value)} />`}
    </header>
    ${session.transcript.draft && html`<p class="muted note">${t("draft_detail")}</p>`}
    <${Speakers} session=${session} />
    ${segments.length === 0 ? html`<${Empty} session=${session} />` : html`<ol class="segments-list">
      ${shown.map((segment, index) => html`<${Segment} key=${segment.id} session=${session} segment=${segment} heard=${heard}
        is_changed_speaker=${segment.speaker !== null && (index === 0 || shown[index - 1].speaker !== segment.speaker)} />`)}
    </ol>`}
    ${wanted && !shown.length && html`<p class="muted empty">${t("found_none", { words: wanted })}</p>`}
  </section>`;
}
