// The library's own paths.

import { get_json, post_json, remove_at } from "../../api.js";
import { day_after, filters_of } from "./address.js";

const BASE = "/api/v1/retrieval";
export const HITS = 20;
const document_path = (id) => `${BASE}/documents/${encodeURIComponent(id)}`;

const query_of = (params) =>
  new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value != null)).toString();

/** Ask the library; resolves to {hits, search_type, model, notes, took_ms, …}. */
export const search = (place, signal) =>
  post_json(
    `${BASE}/search`,
    { query: place.q.trim().slice(0, 2000), top_k: HITS, search_type: place.mode, filters: filters_of(place) },
    { signal },
  );

/** Where a name stands: hits of its words as a phrase. */
export const mentions = (name, document_id, signal) => {
  const phrase = `"${name.replaceAll('"', " ")}"`;
  return search({ q: phrase, mode: "bm25", in: document_id }, signal);
};

/** A page of documents: {documents, totals, model, next_cursor}. */
export const documents = ({ q = "", kind, tag, since, until, sort }, { limit = 50, cursor = null } = {}, signal) =>
  get_json(
    `${BASE}/documents?${query_of({ q, kind, tag, since, until: until && day_after(until), sort, limit, cursor })}`,
    { signal },
  );

/** One document with `limit` chunks from number `first` on. */
export const document = (id, { first = 0, limit = 12 } = {}, signal) =>
  get_json(`${document_path(id)}?${query_of({ first, limit })}`, { signal });

export const remove_document = (id) => remove_at(document_path(id));

/** Names, the most mentioned first. */
export const entities = async ({ q = "", document_id = "", limit = 200 } = {}, signal) =>
  (await get_json(`${BASE}/entities?${query_of({ q, document_id, limit })}`, { signal })).entities;

/** The strongest relations: {nodes, edges}. */
export const graph = ({ entity = "", document_id = "", limit = 80 } = {}, signal) =>
  get_json(`${BASE}/graph?${query_of({ entity, document_id, limit })}`, { signal });
