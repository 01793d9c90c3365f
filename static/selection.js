// Many rows at once: which are picked, by click, by Shift and click for all between, by `x` on a row.

import { signal } from "./html.js";

/** Return a selection of ids: `ids` (a signal of a Set), toggle, set and clear. */
export function new_selection() {
  const ids = signal(new Set());
  let last = null; // where a Shift-click begins

  function set(some, is_picked) {
    const next = new Set(ids.value);
    for (const id of some) {
      if (is_picked) next.add(id);
      else next.delete(id);
    }
    ids.value = next;
  }

  /** Pick or leave a row; with `is_range` every row of `order` (ids, null for unknown ones) from the last one on. */
  function toggle(id, { is_range = false, order = [] } = {}) {
    const is_picked = !ids.value.has(id);
    const [from, to] = [order.indexOf(last), order.indexOf(id)].sort((a, b) => a - b);
    const between = is_range && from >= 0 ? order.slice(from, to + 1).filter(Boolean) : [id];
    set(between, is_picked);
    last = id;
  }

  function clear() {
    if (ids.value.size) ids.value = new Set();
    last = null;
  }

  return { ids, toggle, set, clear };
}
