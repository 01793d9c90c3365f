// Rows of the statistics into what charts and tables show. Pure functions; days are UTC, as the server counts them.

const DAY_MS = 86_400_000;
export const OUTCOMES = ["completed", "failed", "cancelled"];
const CAUSES_SHOWN = 4;

/** The last `count` days up to the one of `now_ms`, as "2026-01-31". */
export function days_until(now_ms, count) {
  return Array.from({ length: count }, (_, back) => new Date(now_ms - (count - 1 - back) * DAY_MS).toISOString().slice(0, 10));
}

const of_kind = (rows, kind) => rows.filter((row) => !kind || row.kind === kind);

function by_day(days, rows, value_of) {
  const sums = new Map(days.map((day) => [day, 0]));
  for (const row of rows) if (sums.has(row.day)) sums.set(row.day, sums.get(row.day) + value_of(row));
  return [...sums.values()];
}

/** How many ended each day, by outcome: {completed: [..], failed: [..], cancelled: [..]}. */
export function throughput(runs, days, kind) {
  const wanted = of_kind(runs, kind);
  return Object.fromEntries(
    OUTCOMES.map((status) => [status, by_day(days, wanted.filter((row) => row.status === status), ({ jobs }) => jobs)]),
  );
}

/** p50 and p90 of `what` ("waited" or "ran") for each day; null on days without any. */
export function quantile_days(quantiles, days, kind, what) {
  const found = new Map(quantiles.filter((row) => row.day && row.kind === (kind || null)).map((row) => [row.day, row[what]]));
  return { p50: days.map((day) => found.get(day)?.p50 ?? null), p90: days.map((day) => found.get(day)?.p90 ?? null) };
}

/** Each kind over the whole time: {kind, jobs, waited, ran}, the busiest first. */
export function by_kind(quantiles, kind) {
  return quantiles.filter((row) => row.day === null && row.kind && (!kind || row.kind === kind)).sort((a, b) => b.jobs - a.jobs);
}

/** The whole time of one kind, or of all: {jobs, waited, ran}; undefined without any. */
export const whole_time = (quantiles, kind) => quantiles.find((row) => row.day === null && row.kind === (kind || null));

/** Why jobs failed: {code, jobs, days: [..]}, the most frequent first; what is rare is put together under null. */
export function causes(runs, days, kind) {
  const failed = of_kind(runs, kind).filter(({ status }) => status === "failed");
  const codes = [...new Set(failed.map(({ error_code: code }) => code ?? "unknown"))];
  const count = (row) => row.jobs;
  const all = codes.map((code) => {
    const rows = failed.filter((row) => (row.error_code ?? "unknown") === code);
    return { code, jobs: rows.reduce((sum, row) => sum + row.jobs, 0), days: by_day(days, rows, count) };
  });
  all.sort((a, b) => b.jobs - a.jobs || (a.code < b.code ? -1 : 1));
  if (all.length <= CAUSES_SHOWN + 1) return { shown: all, all };
  const rest = all.slice(CAUSES_SHOWN);
  const together = { code: null, jobs: rest.reduce((sum, one) => sum + one.jobs, 0), days: days.map((_, index) => rest.reduce((sum, one) => sum + one.days[index], 0)) };
  return { shown: [...all.slice(0, CAUSES_SHOWN), together], all };
}

/** Sums over the whole time: {jobs, completed, failed, cancelled, failed_share}. */
export function totals(runs, kind) {
  const sums = Object.fromEntries(OUTCOMES.map((status) => [status, 0]));
  for (const row of of_kind(runs, kind)) sums[row.status] = (sums[row.status] ?? 0) + row.jobs;
  const jobs = OUTCOMES.reduce((sum, status) => sum + sums[status], 0);
  const ended = sums.completed + sums.failed;
  return { ...sums, jobs, failed_share: ended ? sums.failed / ended : 0 };
}
