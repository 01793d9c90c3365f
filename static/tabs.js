// One stream for all tabs: a browser has six connections to a host, and the seventh tab would hang.
// The tab that holds a Web Lock listens and tells the others over a BroadcastChannel; when it goes, the
// next one has the lock and goes on from its own cursor. Without locks (plain http on a network) each
// tab listens for itself.

import { open_stream } from "./stream.js";

const NAME = "nowserving/stream";
const LEADER_SILENCE_MS = 45_000; // the leader beats with every ping of the server, each 15 s
const LATE_MS = 500;

/**
 * Like open_stream, and `snapshot()` returns {jobs, lanes, cursor} of this tab once it is loaded, else null:
 * it is what a new tab starts from.
 */
export function open_shared(parts) {
  if (!navigator.locks || !globalThis.BroadcastChannel) return { ...open_stream(parts), is_leader: () => true };
  const { cursor, snapshot, on_event, on_status, now = Date.now } = parts;
  const channel = new BroadcastChannel(NAME);
  const me = `${now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  let stream = null; // only the leader has one
  let status = { is_live: false, heard_at: null, retry_at: null, attempt: 0 };
  let is_in_step = false; // whether events from the leader follow on what this tab has
  let leader_heard_at = now();

  const tell = (message) => channel.postMessage(message);
  const ask = () => tell({ type: "hello", from: me });

  function take_status(told) {
    status = told;
    on_status(told);
  }

  function lead() {
    stream?.stop();
    stream = open_stream({
      ...parts,
      on_event: (event) => {
        const before = cursor();
        on_event(event);
        tell({ type: "event", event, before });
      },
      on_status: (told) => {
        take_status(told);
        tell({ type: "status", status });
      },
      on_ping: () => tell({ type: "beat" }),
    });
    tell({ type: "leader" });
    return new Promise(() => {}); // the lock is held as long as the tab lives, or until it is stolen
  }

  function follow(is_stealing = false) {
    stream?.stop();
    stream = null;
    is_in_step = false;
    leader_heard_at = now();
    navigator.locks.request(NAME, { steal: is_stealing }, lead).catch(() => follow());
    ask();
  }

  function answer(to) {
    const known = snapshot();
    if (!known) return; // its first frame will be told to all
    const data = { jobs: known.jobs, queue: { lanes: known.lanes } };
    tell({ type: "state", to, status, event: { name: "resync", data, id: known.cursor } });
  }

  function take_event({ event, before }) {
    const is_whole = event.name === "resync";
    const follows_on = is_whole || (is_in_step && (!event.id || before === cursor()));
    if (follows_on) {
      is_in_step = true;
      on_event(event);
    } else if (event.id) {
      is_in_step = false;
      ask();
    }
  }

  const to_leader = {
    hello: ({ from }) => answer(from),
    retry: () => stream.retry_now(),
    resync: () => stream.resync(),
  };
  const to_follower = {
    leader: () => !is_in_step && ask(),
    beat: () => {},
    status: ({ status: told }) => take_status(told),
    event: take_event,
    state: ({ to, status: told, event }) => {
      if (to !== me) return;
      take_event({ event });
      take_status(told);
    },
  };

  channel.onmessage = ({ data }) => {
    if (stream) return to_leader[data.type]?.(data);
    if (!to_follower[data.type]) return undefined;
    leader_heard_at = now();
    return to_follower[data.type](data);
  };

  setInterval(() => {
    if (stream || document.hidden) return;
    // Timers of a hidden leader are slow, messages are not.
    if (!status.is_live && status.retry_at && now() > status.retry_at + LATE_MS) tell({ type: "retry" });
    if (now() - leader_heard_at > LEADER_SILENCE_MS) follow(true);
  }, 1000);

  follow();
  return {
    retry_now: () => (stream ? stream.retry_now() : tell({ type: "retry" })),
    resync: () => (stream ? stream.resync() : tell({ type: "resync" })),
    is_leader: () => stream !== null,
  };
}
