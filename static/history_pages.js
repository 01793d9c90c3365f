// The pages of the history that have been read, kept while somebody looks at a job and comes back.

import * as api from "./api.js";
import { useEffect, useState } from "./html.js";

export const PAGE = 100;
export const STATUSES = ["completed", "failed", "cancelled", "running", "queued", "held"];
let kept = null; // {key, rows, cursor, scroll} of the last list that was shown

/** Read the filters from an address's query; what makes no sense there is left out. Pure. */
export function filters_of(query) {
  const status = (query.get("status") ?? "").split(",").filter((one) => STATUSES.includes(one));
  const after = /^\d{4}-\d{2}-\d{2}$/.test(query.get("after") ?? "") ? query.get("after") : "";
  return { q: (query.get("q") ?? "").slice(0, 200), status, kind: query.get("kind") ?? "", after };
}

/** Return what the server is asked for; the day begins where the reader is. */
export function api_query({ q, status, kind, after }) {
  const query = new URLSearchParams({ limit: PAGE });
  if (q.trim()) query.set("q", q.trim());
  if (status.length) query.set("status", status.join(","));
  if (kind) query.set("kind", kind);
  const midnight = after && new Date(`${after}T00:00:00`);
  if (midnight && !Number.isNaN(midnight.valueOf())) query.set("created_after", midnight.toISOString());
  return query.toString();
}

/** Say whether a job is one of those that the filters ask for, as far as this can be said here. Pure. */
export function matches(job, { q, status, kind }) {
  const is_named = !q.trim() || job.title.toLowerCase().includes(q.trim().toLowerCase());
  return is_named && (!status.length || status.includes(job.status)) && (!kind || job.kind === kind);
}

/** Remember where the list was, for whoever comes back to it. On the way to another screen the page is at its top. */
export function keep_scroll() {
  if (kept && location.hash.startsWith("#/history")) kept.scroll = scrollY;
}

/**
 * Return the list of a query, page after page: {rows, is_end, is_busy, problem, more, reload, scroll}. `rows` is null
 * until the first page is there.
 */
export function use_pages(key, is_live) {
  const [list, set_list] = useState(() => (kept?.key === key ? kept : { key, rows: null, cursor: null }));
  const [is_busy, set_busy] = useState(false);
  const [problem, set_problem] = useState(null);
  const [turn, set_turn] = useState(0);

  const show = (next) => {
    kept = { ...next, scroll: scrollY };
    set_list(kept);
  };
  const read = async (cursor, rows, signal) => {
    set_busy(true);
    try {
      const page = await api.get_json(`/api/v1/jobs?${key}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, { signal });
      if (signal?.aborted) return;
      set_problem(null);
      show({ key, rows: [...rows, ...page.jobs], cursor: page.next_cursor });
    } catch (error) {
      if (!signal?.aborted) set_problem(error);
    }
    set_busy(false);
  };
  useEffect(() => {
    if (!is_live || (kept?.key === key && kept.rows && turn === 0)) {
      if (kept?.key === key) set_list(kept);
      return undefined;
    }
    const abort = new AbortController();
    read(null, [], abort.signal);
    return () => abort.abort();
  }, [key, is_live, turn]);

  const is_mine = list.key === key;
  return {
    rows: list.rows,
    is_end: is_mine && list.rows !== null && list.cursor === null,
    is_busy: is_busy || !is_mine,
    problem,
    scroll: is_mine ? list.scroll : undefined,
    more: () => is_mine && !is_busy && !problem && list.cursor && read(list.cursor, list.rows),
    reload: () => set_turn((before) => before + 1),
  };
}
