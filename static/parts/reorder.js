// Taking a row by its handle to another place: with a pointer, a finger or the keyboard.

import { useEffect, useRef, useState } from "../html.js";
import { messages } from "../messages.js";
import { announce } from "./announcer.js";

const t = messages("line");
const BEGINS_PX = 4; // less is a click that trembled
const EDGE_PX = 70; // that near to the window's edge, the page scrolls along
const MOST_PX = 18; // a frame

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** How far a row gives way while the one at `from` is over `to`. Pure. */
export function gives_way(index, from, to) {
  if (index > from && index <= to) return -1;
  if (index < from && index >= to) return 1;
  return 0;
}

/**
 * Return what a list needs to be put in order by hand: `drag` (what is taken: {id, to, y}, or null), `shift` for the
 * list and `handle(job, index)`, the props of a row's handle. `from` is the index of the job that is taken, now.
 * `on_drop(job, to)` hears of a new place, an index.
 */
export function use_reorder({ count, list, index_of, on_drop }) {
  const [drag, set_drag] = useState(null);
  const hand = useRef(null); // of a pointer: where it took the row, and where it is
  const from = drag ? index_of(drag.id) : -1;

  const row_px = () => list.current.firstElementChild.offsetHeight;
  const follow = () => {
    const { grip_px, client_y, job } = hand.current;
    const y = client_y - list.current.getBoundingClientRect().top;
    const to = clamp(Math.floor(y / row_px()), 0, count - 1);
    set_drag({ id: job.id, to, y: y - grip_px });
  };
  const stop = () => {
    cancelAnimationFrame(hand.current?.frame);
    hand.current = null;
    set_drag(null);
  };
  const drop = (job) => {
    const to = drag?.to;
    stop();
    if (from >= 0 && to !== undefined && to !== from) on_drop(job, to);
  };
  const scroll_along = () => {
    if (!hand.current) return;
    const { client_y } = hand.current;
    const above = EDGE_PX - client_y;
    const below = client_y - (innerHeight - EDGE_PX);
    const speed = Math.max(above, below, 0) / EDGE_PX;
    if (speed) {
      scrollBy(0, (above > below ? -1 : 1) * Math.ceil(speed * MOST_PX));
      follow();
    }
    hand.current.frame = requestAnimationFrame(scroll_along);
  };

  useEffect(() => {
    if (!drag) return undefined;
    if (from < 0) return stop(); // it was taken into service while it hung in the air
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      announce(t("drag_given_up"));
      stop();
    };
    addEventListener("keydown", escape, true);
    return () => removeEventListener("keydown", escape, true);
  }, [drag, from]);

  const by_pointer = (job, index) => ({
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const top = list.current.getBoundingClientRect().top + index * row_px();
      hand.current = { job, start_y: event.clientY, client_y: event.clientY, grip_px: event.clientY - top, is_moving: false };
    },
    onPointerMove: (event) => {
      if (!hand.current) return;
      hand.current.client_y = event.clientY;
      if (!hand.current.is_moving) {
        if (Math.abs(event.clientY - hand.current.start_y) < BEGINS_PX) return;
        hand.current.is_moving = true;
        hand.current.frame = requestAnimationFrame(scroll_along);
      }
      follow();
    },
    onPointerUp: () => hand.current && (hand.current.is_moving ? drop(job) : stop()),
    onPointerCancel: stop,
  });

  const by_keyboard = (job, index) => {
    const is_taken = drag?.id === job.id;
    const go = (to) => {
      const next = clamp(to, 0, count - 1);
      set_drag({ id: job.id, to: next, y: null });
      announce(t("drag_place", { place: next + 1, count }));
    };
    return {
      // A click without a pointer: Enter, Space, or what a screen reader sends.
      onClick: (event) => {
        if (event.detail !== 0) return;
        if (!is_taken) {
          set_drag({ id: job.id, to: index, y: null });
          announce(t("drag_taken", { title: job.title, place: index + 1, count }));
          return;
        }
        announce(t("drag_dropped", { title: job.title, place: drag.to + 1 }));
        drop(job);
      },
      onKeyDown: (event) => {
        const steps = { ArrowUp: drag?.to - 1, ArrowDown: drag?.to + 1, Home: 0, End: count - 1 };
        if (!is_taken || !(event.key in steps)) return;
        event.preventDefault();
        event.stopPropagation();
        go(steps[event.key]);
      },
      onBlur: () => is_taken && drag.y === null && stop(),
      "aria-pressed": is_taken,
    };
  };

  const shift = (index, px) => {
    if (!drag || from < 0) return 0;
    if (index !== from) return gives_way(index, from, drag.to) * px;
    return drag.y === null ? (drag.to - from) * px : drag.y - from * px;
  };
  return { drag, from, shift, handle: (job, index) => ({ ...by_pointer(job, index), ...by_keyboard(job, index) }) };
}
