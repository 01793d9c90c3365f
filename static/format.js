// Numbers and times as people read them. Pure functions; the locale is the browser's.

const plain = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export const number = (value) => plain.format(value);
export const short_number = (value) => compact.format(value);
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Bytes in decimal units: 1 234 567 -> "1.2 MB". */
export function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** A duration in seconds, exact enough to be useful: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** Put a range into a sentence: "in about 2–5 min", "within 10 s", "any moment". */
export const to_come = (words) => (words.startsWith("about") ? `in ${words}` : words);

function rough(seconds) {
  if (seconds < 10) return [Math.max(1, Math.round(seconds)), "s"];
  if (seconds < 90) return [Math.round(seconds / 5) * 5, "s"];
  if (seconds < 90 * 60) return [Math.round(seconds / 60), "min"];
  if (seconds < 36 * 3600) return [Math.round(seconds / 3600), "h"];
  return [Math.round(seconds / 86400), "days"];
}

/** How long something has been going on, in whole seconds: "4 s", "3 min 5 s". */
export const elapsed = (seconds) => (seconds < 10 ? `${Math.floor(seconds)} s` : duration(Math.floor(seconds)));

/** A range of seconds {p50, p90} as "about 2–5 min"; null if there is none. `ago_ms` counts it down. */
export function range(estimate, ago_ms = 0) {
  if (!estimate || estimate.p50 == null) return null;
  const low = estimate.p50 - ago_ms / 1000;
  const high = (estimate.p90 ?? estimate.p50) - ago_ms / 1000;
  if (high <= 1.5) return "any moment";
  if (low <= 1) {
    const [value, unit] = rough(high);
    return `within ${value} ${unit}`;
  }
  const [to, to_unit] = rough(Math.max(low, high));
  const [from, from_unit] = to_unit === "min" && low >= 45 ? [Math.max(1, Math.round(low / 60)), to_unit] : rough(low);
  if (from_unit !== to_unit) return `about ${from} ${from_unit} – ${to} ${to_unit}`;
  return from === to ? `about ${from} ${to_unit}` : `about ${from}–${to} ${to_unit}`;
}

/** Seconds from one RFC 3339 time to another (or to `now_ms`). */
export function seconds_between(from, to, now_ms) {
  return Math.max(0, ((to ? Date.parse(to) : now_ms) - Date.parse(from)) / 1000);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** "just now", "4 min ago", then the clock, then the day. */
export function when(time, now_ms) {
  const seconds = (now_ms - Date.parse(time)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  const date = new Date(time);
  return seconds < 20 * 3600 ? clock.format(date) : day.format(date);
}

export const full_time = (time) => full.format(new Date(time));

/** "in_words" -> "In words". */
export function label(name) {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const percent = (value) => `${Math.floor(value ?? 0)} %`;
