// The one place that listens. An EventSource gives up on any answer but 200 and knows no backoff, and a
// half-open connection looks open for ever: so each try is ours, silence longer than two pings is an end, and who
// is silent for a while is asked for a sign of life: a server that stands still is noticed before the pings are late.

import { sign_of_life } from "./api.js";
import { EVENTS } from "./state.js";

const URL_EVENTS = "/api/v1/events";
const SILENCE_MS = 35_000; // the server pings every 15 s
const ASK_AFTER_MS = 8_000;
const ANSWER_MS = 8_000; // on a slow line that is busy with an upload, too
const RIGHTS_CHANGED = "signed_out"; // the login has ended, or what its person may see has changed
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 8_000;

/** Return how long to wait before try `attempt` (1-based): doubling, half of it random. `random` is 0-1. */
export function backoff_ms(attempt, random) {
  const ceiling = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/**
 * Keep a stream open for ever. Calls `on_event({name, data, id, is_fresh})` (fresh: forget all that was known) and
 * `on_status({is_live, heard_at, retry_at, attempt})`; `cursor()` says where to resume. `on_ping` hears the
 * server's pings.
 */
export function open_stream({ cursor, on_event, on_status, on_ping = () => {}, now = Date.now, random = Math.random }) {
  let source = null; // the connection that is open or being tried
  let heard_from = null; // the connection that has said something
  let heard_at = null;
  let timer = null;
  let attempt = 0;
  let asked = null; // when the silence began in which a sign of life was asked for
  let is_stale = false; // the reader's rights have changed: what is known has to be told anew, not gone on from

  const tell = (is_live, retry_at = null) => on_status({ is_live, heard_at, retry_at, attempt });

  function close() {
    source?.close();
    source = null;
    clearTimeout(timer);
  }

  function away() {
    close();
    attempt += 1;
    const wait = backoff_ms(attempt, random());
    timer = setTimeout(() => connect(), wait);
    tell(false, now() + wait);
  }

  function heard() {
    heard_at = now();
    if (heard_from === source) return;
    heard_from = source;
    attempt = 0;
    clearTimeout(timer);
    tell(true);
  }

  function connect({ is_whole = false } = {}) {
    close();
    const after = is_whole || is_stale ? null : cursor();
    source = new EventSource(after ? `${URL_EVENTS}?after=${encodeURIComponent(after)}` : URL_EVENTS);
    const mine = source;
    const guarded = (act) => (event) => mine === source && act(event);
    source.onopen = guarded(heard);
    source.onerror = guarded(away);
    source.addEventListener("ping", guarded(() => {
      heard();
      on_ping();
    }));
    source.addEventListener("bye", guarded(({ data }) => {
      is_stale ||= JSON.parse(data).reason === RIGHTS_CHANGED;
      away();
    }));
    for (const name of EVENTS) {
      const act = ({ data, lastEventId }) => {
        heard();
        const is_fresh = is_stale && name === "resync";
        if (is_fresh) is_stale = false;
        on_event({ name, data: JSON.parse(data), id: is_durable(name) ? lastEventId : null, is_fresh });
      };
      source.addEventListener(name, guarded(act));
    }
    // A server that accepts and never answers fires neither open nor error.
    timer = setTimeout(guarded(away), MAX_WAIT_MS);
  }

  function ask() {
    asked = heard_at;
    const mine = source;
    const limit = new AbortController();
    const late = setTimeout(() => {
      limit.abort();
      if (mine === source && heard_at === asked) away();
    }, ANSWER_MS);
    // An answer says nothing of the stream, which may be dead all the same: the pings still count.
    sign_of_life(limit.signal).catch(() => {}).finally(() => clearTimeout(late));
  }

  const watchdog = setInterval(() => {
    if (!source || heard_from !== source) return;
    const silence = now() - heard_at;
    if (silence > SILENCE_MS) away();
    else if (silence > ASK_AFTER_MS && asked !== heard_at && !document.hidden) ask();
  }, 1000);

  const hurry = () => !source && connect();
  addEventListener("online", hurry);
  addEventListener("pageshow", hurry);
  connect();
  return {
    retry_now: () => connect(),
    resync: () => connect({ is_whole: true }),
    stop: () => {
      close();
      clearInterval(watchdog);
      removeEventListener("online", hurry);
      removeEventListener("pageshow", hurry);
    },
  };
}

// A live frame has no id, and EventSource then repeats the id of the frame before it.
const LIVE = new Set(["progress", "position", "queue", "log"]);
const is_durable = (name) => !LIVE.has(name);
