// What is usual for a kind: medians of what this desk has done, read once and now and then.

import * as api from "./api.js";
import { signal } from "./html.js";

const DAYS = 90;
const FRESH_MS = 60_000;
const known = signal({ at: 0, by_kind: {} });
let asking = null;

async function read() {
  const { quantiles } = await api.get_json(`/api/v1/stats?days=${DAYS}`);
  const whole = quantiles.filter(({ day, kind }) => day === null && kind !== null);
  known.value = { at: Date.now(), by_kind: Object.fromEntries(whole.map((one) => [one.kind, one])) };
}

/** Have the numbers read if they are old. */
export function refresh_usual() {
  if (Date.now() - known.value.at < FRESH_MS) return;
  asking ??= read()
    .catch(() => {}) // only for comparison
    .finally(() => (asking = null));
}

/** What is usual for a kind: {jobs, waited: {p50, p90}, ran: {p50, p90}}, or null before it is known. */
export const usual_of = (kind) => known.value.by_kind[kind] ?? null;
