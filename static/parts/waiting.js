// A lane's waiting jobs: as many as there are, put in order by hand, many at once.

import * as actions from "../actions.js";
import { number, range, to_come } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { move_to, move_to_front } from "../line_moves.js";
import { unwatch, watch_rows, whole_lane } from "../line_window.js";
import { messages } from "../messages.js";
import { new_selection } from "../selection.js";
import { state } from "../store.js";
import { is_admin, may_change } from "../who.js";
import { UnknownJob, WaitingJob } from "./job_row.js";
import { Pick, PickedBar } from "./picking.js";
import { use_reorder } from "./reorder.js";
import { trouble } from "./toasts.js";
import { VirtualList } from "./virtual_list.js";

const t = messages("line");
const selection = new_selection();

/** Put the jobs of a lane in a list by place, `null` where a place is not known; the newest word counts. Pure. */
export function by_place(jobs, waiting) {
  const in_order = jobs.filter(({ position }) => position).sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  if (jobs.length >= waiting) return [...in_order, ...jobs.filter(({ position }) => !position)];
  const rows = Array.from({ length: waiting }, () => null);
  for (const job of in_order) {
    const there = rows[job.position - 1];
    if (job.position <= waiting && !(there?.heard_at > job.heard_at)) rows[job.position - 1] = job;
  }
  return rows;
}

function Title({ lane, rows, is_only }) {
  const ends = rows.length > 1 && range(lane.estimate);
  const [is_busy, set_busy] = useState(false);
  const pick_all = async () => {
    set_busy(true);
    const all = await whole_lane(lane.name).catch(trouble);
    if (all) selection.set(all.map(({ id }) => id), true);
    set_busy(false);
  };
  return html`<header class="section-title">
    <h2 id=${`waiting-${lane.name}`}>${is_only ? t("waiting") : t("waiting_in", { lane: lane.name })} <span class="count">${number(rows.length)}</span></h2>
    ${ends && html`<small class="muted">${t("all_done", { when: to_come(ends) })}</small>`}
    ${rows.length > 1 && html`<button type="button" class="small quiet pick-all" disabled=${is_busy} onClick=${pick_all}>${t("pick_all")}</button>`}
  </header>`;
}

function Picked({ rows }) {
  const jobs = rows.filter((job) => job && selection.ids.value.has(job.id) && may_change(job));
  const act = (work) => async () => {
    selection.clear();
    await work(jobs);
  };
  return html`<${PickedBar} jobs=${jobs} selection=${selection}>
    ${is_admin.value && html`<button type="button" class="small" onClick=${act(move_to_front)}>${t("picked_front")}</button>`}
    <button type="button" class="small danger" onClick=${act(actions.cancel_many)}>${t("picked_cancel")}</button>
  <//>`;
}

/** One lane; nothing when nobody waits in it. */
export function WaitingLane({ lane, jobs, is_only }) {
  const list = useRef(null);
  const rows = by_place(jobs, lane.waiting);
  const index_of = (id) => rows.findIndex((job) => job?.id === id);
  const reorder = use_reorder({ count: rows.length, list, index_of, on_drop: (job, to) => move_to(job, to + 1) });
  const watch = (start, end) => watch_rows(lane.name, start, end, (row) => Boolean(rows[row]));
  useEffect(() => () => unwatch(lane.name), [lane.name]);
  useEffect(() => {
    // Who has left the line is no longer picked.
    const gone = [...selection.ids.value].filter((id) => state.value.jobs[id]?.status !== "queued");
    if (gone.length) selection.set(gone, false);
  }, [rows.length]);
  if (!rows.length) return null;

  const row = (index, place) => {
    const job = rows[index];
    if (!job) return html`<${UnknownJob} key=${`place-${index}`} index=${index} place=${place} />`;
    const order = () => rows.map((one) => one?.id ?? null);
    return html`<${WaitingJob} key=${job.id} job=${job} place=${place} handle=${is_admin.value ? reorder.handle(job, index) : null}
      pick=${html`<${Pick} job=${job} selection=${selection} order=${order} />`} is_picked=${selection.ids.value.has(job.id)}
      move=${(to, is_quiet = false) => move_to(job, to, { is_quiet })} is_first=${index === 0} is_last=${index === rows.length - 1}
      is_taken=${reorder.drag?.id === job.id} />`;
  };
  return html`<section aria-labelledby=${`waiting-${lane.name}`} class=${reorder.drag ? "is-dragging" : ""}>
    <${Title} lane=${lane} rows=${rows} is_only=${is_only} />
    <${Picked} rows=${rows} />
    <${VirtualList} count=${rows.length} row=${row} label=${t("waiting")} on_range=${watch} pinned=${reorder.from}
      shift=${reorder.shift} list_ref=${list} name="waiting-rows" />
  </section>`;
}
