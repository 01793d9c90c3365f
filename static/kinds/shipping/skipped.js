// The rows of a preview that a person leaves out, and what the rest comes to. Pure, but for the one signal.

import { signal } from "../../html.js";

const chosen = signal({}); // hash of a plan -> Map of row number -> cents (null: it cannot be shipped anyway)

/** The rows left out of a plan. */
export const skipped_of = (hash) => chosen.value[hash] ?? new Map();

/** Leave rows ({row_number, cents}) out of a plan, or take them in again. */
export function set_skipped(hash, rows, is_skipped) {
  const next = new Map(skipped_of(hash));
  for (const { row_number, cents } of rows) {
    if (is_skipped) next.set(row_number, cents);
    else next.delete(row_number);
  }
  chosen.value = { ...chosen.value, [hash]: next };
}

/** Take every row in again. */
export function take_all(hash) {
  chosen.value = { ...chosen.value, [hash]: new Map() };
}

/** What is bought of a preview without the rows left out: {labels, cents, skipped}. */
export function totals(preview, skipped) {
  const costs = [...skipped.values()].filter((cents) => cents !== null);
  return {
    labels: preview.shippable_rows - costs.length,
    cents: preview.total_cost_cents - costs.reduce((sum, cents) => sum + cents, 0),
    skipped: skipped.size,
  };
}
