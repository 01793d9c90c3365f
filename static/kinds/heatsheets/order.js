// Lists in another order, events by session, and what goes into a calendar's address.

import { time_as } from "../../format.js";

/** Return a list with the item at `from` put to `to`. */
export function moved(items, from, to) {
  const next = [...items];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };

/** "2025-11-08" in words; null without a day. */
export const day_words = (day) => (day ? time_as("heatsheets day", DAY, `${day}T00:00:00Z`) : null);

/** Group events, which come in order, by day and meet: [{key, day, meet, events}]. */
export function sessions(events, sources = []) {
  const meets = new Map(sources.map(({ sequence, meetName }) => [sequence, meetName]));
  const groups = new Map();
  for (const event of events) {
    const meet = meets.get(event.sourceSequence) ?? null;
    const key = `${event.sessionDate}/${meet}`;
    if (!groups.has(key)) groups.set(key, { key, day: event.sessionDate, meet, events: [] });
    groups.get(key).events.push(event);
  }
  return [...groups.values()];
}

/** Say whether an event can stand in a calendar, `day` being that of events without one. */
export const is_datable = (event, day) => Boolean(event.heatStartTime && (event.sessionDate || day));

/** Return the address of the calendar with these choices; all events when `keys` is null. */
export function calendar_href(url, { zone, alarm, length, day, keys }) {
  const query = new URLSearchParams({ zone: zone || "floating", alarm, length_minutes: length });
  if (day) query.set("session_date", day);
  if (keys) query.set("events", keys.join(","));
  return `${url}?${query}`;
}
