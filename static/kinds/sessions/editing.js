// Changes to a transcript. What a person types is never lost: not by somebody else's edit, not by a reload.

import { Problem } from "../../api.js";
import { signal } from "../../html.js";
import { messages } from "../../messages.js";
import { toast, trouble } from "../../parts/toasts.js";
import * as api from "./api.js";

const t = messages("sessions");
const key = (session_id, segment_id) => `nowserving/draft/${session_id}/${segment_id}`;

export const current = signal(null); // the session that is shown, as the server gave it last

/** Read what was typed for a segment and not saved; null when there is nothing. */
export function draft_of(session_id, segment_id) {
  try {
    return sessionStorage.getItem(key(session_id, segment_id));
  } catch {
    return null; // a browser that forbids storage keeps the words on the page alone
  }
}

export function keep_draft(session_id, segment_id, text) {
  try {
    if (text === null) sessionStorage.removeItem(key(session_id, segment_id));
    else sessionStorage.setItem(key(session_id, segment_id), text);
  } catch {
    // As above.
  }
}

// Two edits at once go out one after the other, each on the revision that the one before it made.
let before = Promise.resolve();

function in_turn(work) {
  const mine = before.then(work, work);
  before = mine.catch(() => {});
  return mine;
}

async function attempt(id, send) {
  try {
    const session = await in_turn(() => send(current.value.revision));
    current.value = session;
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.code !== "stale_revision") {
      trouble(problem);
      return false;
    }
    current.value = await api.session(id);
    toast(t("stale"), { is_trouble: true, detail: t("stale_detail") });
    return false;
  }
}

/** Send one edit ({id, text}, {id, speaker} or {id, restore}); resolves to whether it was taken. */
export const edit = (id, one) => attempt(id, (revision) => api.edit(id, revision, [one]));

/** Name a speaker everywhere; an empty name goes back to the default. */
export const name_speaker = (id, speaker, name) =>
  attempt(id, (revision) => api.name_speakers(id, revision, { [speaker]: name }));
