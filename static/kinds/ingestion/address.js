// What the library shows is told by its address, so that everything in it can be linked to, and Back works.

/** What an address may say: the question, its filters, what is open beside it. Nothing of it is needed. */
const NAMES = ["q", "mode", "kind", "tag", "in", "since", "until", "view", "sort", "entity", "document", "chunk"];
const DEFAULTS = { mode: "hybrid", sort: "-updated", view: "documents" };

/** Read a URLSearchParams into {q, mode, kind, tag, in, since, until, view, sort, entity, document, chunk}. Pure. */
export function read_address(query) {
  const said = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? DEFAULTS[name] ?? ""]));
  const chunk = said.chunk === "" ? NaN : Number(said.chunk);
  return { ...said, chunk: Number.isInteger(chunk) && chunk >= 0 ? chunk : null };
}

/** Return only what differs from what is meant anyway. Pure. */
export function said_of(place) {
  const told = NAMES.filter((name) => place[name] !== "" && place[name] != null && place[name] !== DEFAULTS[name]);
  return Object.fromEntries(told.map((name) => [name, String(place[name])]));
}

/** The link to a place in the library. Pure. */
export function library_href(place) {
  const query = new URLSearchParams(said_of(place)).toString();
  return `#/library${query ? `?${query}` : ""}`;
}

/** The filters of a search, in the words of the server. Pure. */
export function filters_of(place) {
  const filters = {};
  if (place.kind) filters.kind = [place.kind];
  if (place.tag) filters.tag = [place.tag];
  if (place.in) filters.document_id = [place.in];
  if (place.since) filters.since = place.since;
  if (place.until) filters.until = day_after(place.until);
  return filters;
}

/** "2026-02-28" -> "2026-03-01": a person who says "until" means that day too. Pure. */
export function day_after(day) {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? day : new Date(at + 86_400_000).toISOString().slice(0, 10);
}

export const has_filters = (place) => Boolean(place.kind || place.tag || place.in || place.since || place.until);
export const NO_FILTERS = { kind: "", tag: "", in: "", since: "", until: "" };
