// A list of which only what can be seen is in the page, however long it is. It scrolls with the window, so that
// there is one scrollbar, or in a box of its own where more stands below it. Its rows have one height, which the
// style sheet gives them.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";

const OVERSCAN = 6; // rows beyond each edge, so that a slow frame shows no hole
const GUESSED_PX = 64; // until the first row is measured
const AT_ONCE = 40; // rows that are drawn before anything is measured

/** Return the rows [start, end) that a window shows of a list; `top` is the list's upper edge in it. Pure. */
export function visible_rows({ top, window_px, row_px, count, overscan = OVERSCAN }) {
  const first = Math.floor(-top / row_px) - overscan;
  const last = Math.ceil((window_px - top) / row_px) + overscan;
  const start = Math.min(Math.max(0, first), Math.max(0, count - 1));
  return { start, end: Math.max(start, Math.min(count, last)) };
}

function indices({ start, end }, count, kept) {
  const shown = Array.from({ length: Math.min(end, count) - start }, (_, offset) => start + offset);
  const more = kept.filter((index) => index >= 0 && index < count && (index < start || index >= end));
  return [...new Set([...shown, ...more])].sort((a, b) => a - b);
}

/**
 * `row(index, place)` draws a row: an `<li ...${place}>` with a key of its own. `on_range(start, end)` hears what is
 * shown. `pinned` is a row that stays in the page, as one that has the focus does. `shift(index)` moves a row by
 * pixels from its place. `is_boxed` gives it a scrollbar of its own.
 */
export function VirtualList({ count, row, label, on_range, pinned = -1, shift, list_ref, name = "", is_boxed = false }) {
  const own = useRef(null);
  const box = useRef(null);
  const list = list_ref ?? own;
  const [row_px, set_row_px] = useState(GUESSED_PX);
  const [range, set_range] = useState({ start: 0, end: Math.min(count, AT_ONCE) });
  const [focused, set_focused] = useState(-1);

  const look = () => {
    if (!list.current) return;
    const measured = list.current.firstElementChild?.offsetHeight || row_px;
    const frame = box.current?.getBoundingClientRect() ?? { top: 0, height: innerHeight };
    const top = list.current.getBoundingClientRect().top - frame.top;
    const next = visible_rows({ top, window_px: frame.height, row_px: measured, count });
    set_row_px(measured);
    set_range((known) => (known.start === next.start && known.end === next.end ? known : next));
  };
  useLayoutEffect(look);
  useEffect(() => {
    let frame = null;
    const soon = () => {
      frame ??= requestAnimationFrame(() => {
        frame = null;
        look();
      });
    };
    const scrolled = box.current ?? globalThis;
    scrolled.addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    const watched = new ResizeObserver(soon); // what stands above the list may grow
    watched.observe(document.body);
    return () => {
      scrolled.removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
      watched.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [count]);
  useEffect(() => {
    if (count) on_range?.(range.start, Math.min(range.end, count));
  }, [range.start, range.end, count]);

  const place = (index) => ({
    style: { transform: `translateY(${index * row_px + (shift?.(index, row_px) ?? 0)}px)` },
    "data-index": index,
    "aria-setsize": count,
    "aria-posinset": index + 1,
  });
  const on_focus = ({ target }) => set_focused(Number(target.closest("[data-index]")?.dataset.index ?? -1));
  const drawn = html`<ol ref=${list} class="rows virtual ${name}" aria-label=${label} style=${{ blockSize: `${count * row_px}px` }}
    onFocusIn=${on_focus} onFocusOut=${() => set_focused(-1)}>
    ${indices(range, count, [focused, pinned]).map((index) => row(index, place(index)))}
  </ol>`;
  return is_boxed ? html`<div ref=${box} class="virtual-box" tabindex="0" role="group" aria-label=${label}>${drawn}</div>` : drawn;
}
