// What the desk looks like from here: a pure reducer over events. No fetching, no clock, no DOM;
// the time comes in with each action. Everything on the screen is a function of this one value.

export const TERMINAL = new Set(["completed", "failed", "cancelled"]);
const LIFE = { held: 0, queued: 0, running: 1, completed: 2, failed: 2, cancelled: 2 };
const MAX_FINISHED = 300; // finished jobs that are remembered; older ones are fetched again when asked for
const MAX_GONE = 2_000;
const MAX_POSITION = 200; // jobs further back than this are counted, not listed

const PROGRESS = ["percent", "current", "total", "unit", "message", "file_name", "stage", "stages", "details"];

export const initial = Object.freeze({
  jobs: {}, // id -> job, as GET /jobs/{id} gives it, plus `heard_at` (ms) for its estimate
  lanes: {}, // name -> {name, paused, pause_reason, running, waiting, estimate}
  items: {}, // job id -> {key: item}, only for jobs whose items somebody looks at
  missing: [], // ids of jobs that an event named and that have to be fetched
  asked: {}, // missing id -> number of the last event that named it: an answer from before that is out of date
  cursor: null, // "<epoch>-<number>" of the last durable event
  is_loaded: false, // true once the first snapshot has come
  gone: [], // ids of the last jobs that were removed, for lists that were fetched before
  snapshots: 0, // how many have come: what was fetched before the last one may be out of date
});

export const is_terminal = (job) => TERMINAL.has(job.status);

/** Say whether snapshot `a` of a job is at least as new as `b`; a slow answer must not undo an event. */
export function is_current(a, b) {
  if (!b) return true;
  if (TERMINAL.has(b.status)) return TERMINAL.has(a.status);
  if ((a.attempt ?? 0) !== (b.attempt ?? 0)) return (a.attempt ?? 0) > (b.attempt ?? 0);
  return LIFE[a.status] >= LIFE[b.status] || b.status === "running";
}

/** Split "<epoch>-<number>"; the number only counts within its epoch. */
export function split_cursor(cursor) {
  const cut = cursor.lastIndexOf("-");
  return [cursor.slice(0, cut), Number(cursor.slice(cut + 1))];
}

function is_seen(cursor, id) {
  if (!cursor || !id) return false;
  const [epoch, number] = split_cursor(id);
  const [known_epoch, known] = split_cursor(cursor);
  return epoch === known_epoch && number <= known;
}

const with_job = (state, job) => ({ ...state, jobs: { ...state.jobs, [job.id]: job } });

function change(state, id, changes) {
  const job = state.jobs[id];
  if (!job) return ask_for(state, id);
  return with_job(state, { ...job, ...changes });
}

function ask_for(state, id) {
  return state.missing.includes(id) ? state : { ...state, missing: [...state.missing, id] };
}

function without(record, key) {
  const { [key]: _gone, ...rest } = record;
  return rest;
}

function forget_old(state) {
  const finished = Object.values(state.jobs).filter(is_terminal);
  if (finished.length <= MAX_FINISHED) return state;
  finished.sort(newest_first);
  const jobs = { ...state.jobs };
  const items = { ...state.items };
  for (const job of finished.slice(MAX_FINISHED)) {
    delete jobs[job.id];
    delete items[job.id];
  }
  return { ...state, jobs, items };
}

/** Order finished jobs, the newest first. */
export function newest_first(a, b) {
  return (b.finished_at ?? "").localeCompare(a.finished_at ?? "") || (b.id < a.id ? -1 : 1);
}

function lane_of(frame) {
  const running = frame.running ?? null;
  return {
    name: frame.name,
    paused: frame.paused ?? frame.is_paused ?? false,
    pause_reason: frame.pause_reason ?? null,
    running: running && typeof running === "object" ? running.id : running,
    waiting: frame.waiting ?? 0,
    estimate: frame.estimate ?? frame.drains_in ?? null,
  };
}

function queue(state, data, now) {
  const lanes = Object.fromEntries((data.lanes ?? []).map((lane) => [lane.name, lane_of(lane)]));
  const first = (data.lanes ?? []).flatMap((lane) => lane.first ?? []);
  return { ...state, jobs: placed(state.jobs, first, now), lanes: { ...state.lanes, ...lanes } };
}

// The first of each lane are told with their places and estimates, which have changed while the line moved.
function placed(known, first, now) {
  const told = first.filter(({ job_id: id }) => known[id]?.status === "queued");
  if (!told.length) return known;
  const changed = told.map(({ job_id: id, position, estimate }) => [id, { ...known[id], position, estimate, heard_at: now }]);
  return { ...known, ...Object.fromEntries(changed) };
}

function resync(state, data, now) {
  const told = Object.fromEntries((data.jobs ?? []).map((job) => [job.id, { ...job, heard_at: job.heard_at ?? now }]));
  // What had finished stays finished; what was active and is not told of any more has moved on meanwhile.
  const finished = Object.values(state.jobs).filter((job) => is_terminal(job) && !told[job.id]);
  const kept = Object.fromEntries(finished.map((job) => [job.id, job]));
  const lost = Object.values(state.jobs).filter((job) => !is_terminal(job) && !told[job.id]);
  const missing = [...new Set([...state.missing, ...lost.map((job) => job.id)])].filter((id) => !told[id]);
  const next = { ...state, jobs: { ...kept, ...told }, missing, is_loaded: true, snapshots: state.snapshots + 1 };
  return queue({ ...next, lanes: {} }, data.queue ?? {}, now);
}

// The stream tells when a job joins or leaves the line, not the new place of everybody behind it.
function shift(state, lane, by, is_behind) {
  const jobs = { ...state.jobs };
  for (const job of Object.values(jobs)) {
    const is_in_line = job.status === "queued" && job.lane === lane && job.position !== null;
    if (is_in_line && is_behind(job)) jobs[job.id] = { ...job, position: job.position + by };
  }
  return { ...state, jobs };
}

function leave_line(state, id) {
  const job = state.jobs[id];
  if (job?.status !== "queued" || !job.position) return state;
  const without_it = with_job(state, { ...job, position: null });
  return shift(without_it, job.lane, -1, (other) => other.position > job.position);
}

function join_line(state, id, position) {
  const job = state.jobs[id];
  if (!job || !position || (job.status === "queued" && job.position === position)) return state;
  return shift(leave_line(state, id), job.lane, 1, (other) => other.id !== id && other.position >= position);
}

function finish(before, data, status) {
  const state = leave_line(before, data.job_id);
  const job = state.jobs[data.job_id];
  if (!job) return ask_for(state, data.job_id);
  const progress = status === "completed" ? { ...job.progress, percent: 100 } : job.progress;
  const { output = null, artifacts = job.artifacts, items = job.items, error = null } = data;
  const changes = { status, progress, output, artifacts, items, error, position: null, estimate: null };
  return forget_old(with_job(state, { ...job, ...changes, finished_at: data.at ?? job.finished_at }));
}

function item(state, data, word) {
  const { job_id: id, key } = data;
  const job = state.jobs[id];
  if (!job) return ask_for(state, id);
  const status = data.item_status ?? word; // an item that waits for a person is told of in the words of a failure
  const known = state.items[id];
  const counts = data.items ?? (known?.[key]?.status === status ? job.items : count(job.items, status));
  const next = with_job(state, { ...job, items: counts });
  if (!known) return next;
  const { items: _counts, item_status: _status, ...said } = data;
  const told = { ...known[key], ...said, status };
  return { ...next, items: { ...next.items, [id]: { ...known, [key]: told } } };
}

function count(items, status) {
  if (!items || !(status in items)) return items;
  return { ...items, [status]: items[status] + 1 };
}

const durable = {
  queued: (state, data, now) => {
    const { status = "queued", position = null, job } = data;
    if (job) return with_job(state, { ...job, heard_at: now });
    if (!state.jobs[data.job_id] && position > MAX_POSITION) return state;
    const joined = join_line(state, data.job_id, position);
    return change(joined, data.job_id, { status, position, heard_at: now, started_at: null });
  },
  started: (state, data, now) => {
    const started = { status: "running", position: null, attempt: data.attempt, started_at: data.at };
    return change(leave_line(state, data.job_id), data.job_id, { ...started, estimate: null, heard_at: now });
  },
  item_completed: (state, data) => item(state, data, "completed"),
  item_failed: (state, data) => item(state, data, "failed"),
  item_needs_review: (state, data) => item(state, data, "needs_review"),
  completed: (state, data) => finish(state, data, "completed"),
  failed: (state, data) => finish(state, data, "failed"),
  cancelled: (state, data) => finish(state, data, "cancelled"),
  held: (state, data) =>
    change(leave_line(state, data.job_id), data.job_id, {
      status: "held",
      position: null,
      preview: data.preview,
      estimate: null,
    }),
  interrupted: (state, data) =>
    change(state, data.job_id, { status: "queued", position: null, started_at: null, estimate: null }),
  deleted: (state, data) => ({
    ...state,
    jobs: without(state.jobs, data.job_id),
    items: without(state.items, data.job_id),
    missing: state.missing.filter((id) => id !== data.job_id),
    gone: [...state.gone, data.job_id].slice(-MAX_GONE),
  }),
};

const live = {
  progress: (state, data, now) => {
    const job = state.jobs[data.job_id];
    if (!job || is_terminal(job)) return state;
    const known = PROGRESS.filter((name) => name in data).map((name) => [name, data[name]]);
    const progress = { ...job.progress, ...Object.fromEntries(known) };
    const estimate = data.estimate ?? job.estimate;
    return with_job(state, { ...job, progress, estimate, heard_at: data.estimate ? now : job.heard_at });
  },
  position: (state, data, now) => {
    const job = state.jobs[data.job_id];
    if (!job) return data.position > MAX_POSITION ? state : ask_for(state, data.job_id);
    if (is_terminal(job)) return state;
    const { position, estimate } = data;
    return with_job(state, { ...job, position, estimate: estimate ?? job.estimate, heard_at: now });
  },
  queue,
};

/** Names of all the stream's events that carry state. */
export const EVENTS = ["resync", ...Object.keys(durable), ...Object.keys(live)];

function event(state, { name, data, id, now, is_fresh = false }) {
  const known = is_fresh ? { ...initial, snapshots: state.snapshots } : state;
  if (name === "resync") return { ...resync(known, data, now), cursor: id || state.cursor };
  if (live[name]) return live[name](state, data, now);
  if (is_seen(state.cursor, id)) return state;
  const next = durable[name] ? durable[name](state, data, now) : state;
  if (!id) return next;
  const is_missing = data.job_id && !next.jobs[data.job_id] && next.missing.includes(data.job_id);
  const asked = is_missing ? { ...next.asked, [data.job_id]: split_cursor(id)[1] } : next.asked;
  return { ...next, asked, cursor: id };
}

// `since` is the cursor at which these were asked for. An event that came after it named a job we did not know,
// and was lost on it: the answer is older than the event, so the job stays missing and is asked for again.
function jobs(state, { jobs: all, now, since = null }) {
  const asked_at = since ? split_cursor(since)[1] : Number.MAX_SAFE_INTEGER;
  const told = all.filter((job) => !(state.asked[job.id] > asked_at));
  const merged = { ...state.jobs };
  for (const job of told) if (is_current(job, merged[job.id])) merged[job.id] = { ...job, heard_at: now };
  const missing = state.missing.filter((id) => !merged[id] || !told.some((job) => job.id === id));
  const asked = Object.fromEntries(missing.filter((id) => id in state.asked).map((id) => [id, state.asked[id]]));
  return forget_old({ ...state, jobs: merged, missing, asked });
}

// A part of a lane, place by place: who was thought to be there and is not told of stands somewhere else.
function places(state, { lane, after, limit, jobs: told, since = null, now }) {
  const ids = new Set(told.map(({ id }) => id));
  const is_there = (job) => job.status === "queued" && job.lane === lane && job.position > after && job.position <= after + limit;
  const gone = Object.values(state.jobs).filter((job) => is_there(job) && !ids.has(job.id));
  const moved_on = Object.fromEntries(gone.map((job) => [job.id, { ...job, position: null }]));
  return jobs({ ...state, jobs: { ...state.jobs, ...moved_on } }, { jobs: told, since, now });
}

function moved(state, { job, now }) {
  const joined = join_line(state, job.id, job.position);
  return with_job(joined, { ...job, heard_at: now });
}

function items(state, { job_id, items: told }) {
  const known = state.items[job_id] ?? {};
  const is_older = (one) => one.status === "started" && known[one.key];
  const fetched = told.filter((one) => !is_older(one)).map((one) => [one.key, one]);
  return { ...state, items: { ...state.items, [job_id]: { ...known, ...Object.fromEntries(fetched) } } };
}

/** Return the next state. Actions: event, jobs, lanes and places (fetched), moved (one job), items (fetched), gone (404). */
export function reduce(state, action) {
  if (action.type === "event") return event(state, action);
  if (action.type === "jobs") return jobs(state, action);
  if (action.type === "moved") return moved(state, action);
  if (action.type === "places") return places(state, action);
  if (action.type === "lanes") return queue(state, action, action.now);
  if (action.type === "items") return items(state, action);
  if (action.type === "gone") return durable.deleted(state, { job_id: action.id });
  return state;
}

/** Sort the jobs of a state into what home shows: running, waiting (by position), held, finished. */
export function sections(state) {
  const all = Object.values(state.jobs);
  const by_status = (status) => all.filter((job) => job.status === status);
  const place = (job) => job.position ?? Number.MAX_SAFE_INTEGER;
  return {
    running: by_status("running"),
    waiting: by_status("queued").sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1)),
    held: by_status("held"),
    finished: all.filter(is_terminal).sort(newest_first),
  };
}
