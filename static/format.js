// Numbers and times as people read them, in the language of the window. Units are signs that every language has.

import { locale, messages } from "./messages.js";

const t = messages("shell");
const UNITS = ["B", "kB", "MB", "GB", "TB"];
const formats = new Map();

// Making a format takes far longer than using it.
function format(Kind, name, options) {
  const key = `${locale.value}/${name}`;
  if (!formats.has(key)) formats.set(key, new Kind(locale.value, options));
  return formats.get(key);
}

const ONE_PLACE = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
const one_place = (value) => format(Intl.NumberFormat, "one place", ONE_PLACE).format(value);

export const number = (value) => format(Intl.NumberFormat, "plain").format(value);
export const short_number = (value) =>
  format(Intl.NumberFormat, "short", { notation: "compact", maximumFractionDigits: 1 }).format(value);
export const decimals = (value, places) =>
  format(Intl.NumberFormat, `places ${places}`, { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Money in a currency (ISO 4217), with up to `places` decimals. */
export const money = (value, currency, places = 2) =>
  format(Intl.NumberFormat, `${currency} ${places}`, { style: "currency", currency, maximumFractionDigits: places }).format(value);

/** Bytes in decimal units: 1 234 567 -> "1.2 MB". */
export function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 10 ? one_place(value) : number(Math.round(value))} ${UNITS[unit]}`;
}

/** A duration in seconds, exact enough to be useful: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
  if (seconds < 10) return `${one_place(Math.max(0, seconds))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** Put a range into a sentence: "in about 2–5 min", "within 10 s", "any moment". */
export function to_come(words) {
  const about = t("range_about", { range: "" }).trim();
  return words.startsWith(about) ? t("range_in", { range: words }) : words;
}

function rough(seconds) {
  if (seconds < 10) return [Math.max(1, Math.round(seconds)), "s"];
  if (seconds < 90) return [Math.round(seconds / 5) * 5, "s"];
  if (seconds < 90 * 60) return [Math.round(seconds / 60), "min"];
  if (seconds < 36 * 3600) return [Math.round(seconds / 3600), "h"];
  return [Math.round(seconds / 86400), "d"];
}

const with_unit = (text, value, unit) => (unit === "d" ? t("days", { n: value, text }) : `${text} ${unit}`);
const rough_words = ([value, unit]) => with_unit(number(value), value, unit);

/** How long something has been going on, in whole seconds: "4 s", "3 min 5 s". */
export const elapsed = (seconds) => (seconds < 10 ? `${Math.floor(seconds)} s` : duration(Math.floor(seconds)));

/** A range of seconds {p50, p90} as "about 2–5 min"; null if there is none. `ago_ms` counts it down. */
export function range(estimate, ago_ms = 0) {
  if (!estimate || estimate.p50 == null) return null;
  const low = estimate.p50 - ago_ms / 1000;
  const high = (estimate.p90 ?? estimate.p50) - ago_ms / 1000;
  if (high <= 1.5) return t("range_now");
  if (low <= 1) return t("range_within", { range: rough_words(rough(high)) });
  const to = rough(Math.max(low, high));
  const from = to[1] === "min" && low >= 45 ? [Math.max(1, Math.round(low / 60)), "min"] : rough(low);
  return t("range_about", { range: from_to(from, to) });
}

function from_to(from, to) {
  if (from[1] !== to[1]) return `${rough_words(from)} – ${rough_words(to)}`;
  if (from[0] === to[0]) return rough_words(to);
  return with_unit(`${number(from[0])}–${number(to[0])}`, to[0], to[1]);
}

/** Seconds from one RFC 3339 time to another (or to `now_ms`). */
export function seconds_between(from, to, now_ms) {
  return Math.max(0, ((to ? Date.parse(to) : now_ms) - Date.parse(from)) / 1000);
}

const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short", ...CLOCK };
const FULL = { dateStyle: "medium", timeStyle: "medium" };

/** The time of day: "14:32". */
export const clock_time = (date) => format(Intl.DateTimeFormat, "clock", CLOCK).format(date);

/** "just now", "4 min ago", then the clock, then the day. */
export function when(time, now_ms) {
  const seconds = (now_ms - Date.parse(time)) / 1000;
  if (seconds < 45) return t("just_now");
  if (seconds < 3600) return t("minutes_ago", { n: Math.max(1, Math.round(seconds / 60)) });
  const date = new Date(time);
  return seconds < 20 * 3600 ? clock_time(date) : format(Intl.DateTimeFormat, "day", DAY).format(date);
}

export const full_time = (time) => format(Intl.DateTimeFormat, "full", FULL).format(new Date(time));

/** A time in a form of the caller's own; `name` is what it is kept under. */
export const time_as = (name, options, time) => format(Intl.DateTimeFormat, name, options).format(new Date(time));

/** "in_words" -> "In words". */
export function label(name) {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const percent = (value) => `${Math.floor(value ?? 0)} %`;
