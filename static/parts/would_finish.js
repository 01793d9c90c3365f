// When the work would be done that is about to be handed in.

import * as api from "../api.js";
import * as draft from "../draft.js";
import { clock_time, range, to_come } from "../format.js";
import { html, signal, useEffect } from "../html.js";
import { messages } from "../messages.js";
import { server, state } from "../store.js";

const t = messages("line");
const WAIT_MS = 250; // a choice that is being made changes more than once
const AGAIN_MS = 5_000; // the line moves on
const SOON_SECONDS = 90; // sooner than that, the time of day says less than the seconds
const told = signal(null); // {key, at, ...what the server said}

async function ask(key, body) {
  try {
    told.value = { key, at: Date.now(), ...(await api.post_json("/api/v1/estimate", body)) };
  } catch {
    told.value = null; // only a help; the banner says when the server is away
  }
}

/** Put a range of seconds from `at_ms` into words: seconds when it is soon, else the time of day. */
export function done_words({ finishes_in: ends, at }) {
  if (ends.p90 < SOON_SECONDS) return t("would_be_done", { when: to_come(range(ends)) });
  const [likely, late] = [ends.p50, ends.p90].map((seconds) => clock_time(new Date(at + seconds * 1000)));
  return likely === late ? t("would_finish_at", { time: likely }) : t("would_finish_between", { likely, late });
}

/** One line below the form. */
export function WouldFinish() {
  const kind = draft.kind.value;
  const jobs = draft.jobs_to_be.value;
  const inputs = draft.reused.value?.inputs ?? draft.files.value;
  const input_bytes = inputs.reduce((sum, file) => sum + (file.size ?? file.size_bytes), 0);
  const key = `${kind?.name}/${jobs}/${input_bytes}`;
  const { is_live } = server.value;
  const lanes = state.value.lanes;
  useEffect(() => {
    if (!kind || !is_live) return undefined;
    const is_new = told.value?.key !== key;
    const wait = is_new ? WAIT_MS : Math.max(WAIT_MS, AGAIN_MS - (Date.now() - told.value.at));
    const timer = setTimeout(() => ask(key, { kind: kind.name, jobs, input_bytes }), wait);
    return () => clearTimeout(timer);
  }, [key, is_live, lanes]);
  const answer = told.value;
  if (!answer || answer.key !== key) return html`<p class="would-finish" aria-hidden="true">${" "}</p>`;
  const is_next = answer.position === 1 && !state.value.lanes[answer.lane]?.running;
  const place = is_next ? t("would_start_now") : t("would_be_number", { n: answer.position });
  return html`<p class="would-finish">${answer.is_paused ? t("would_wait", { n: answer.position }) : `${place} · ${done_words(answer)}`}</p>`;
}
