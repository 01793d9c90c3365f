// The paths of shipping, in one place.

import * as api from "../../api.js";

const V1 = "/api/v1";
const job_url = (id) => `${V1}/jobs/${encodeURIComponent(id)}`;
const item_url = (id, key) => `${job_url(id)}/items/${encodeURIComponent(key)}`;

export const label_url = (number) => `${V1}/labels/${encodeURIComponent(number)}`;
export const picture_url = (number) => `${label_url(number)}/image`;
export const zip_url = (id) => `${job_url(id)}/labels/zip`;
export const merged_url = (id) => `${job_url(id)}/labels/merged`;

const is_given = (value) => value !== undefined && value !== null && value !== "" && !is_empty(value);
const is_empty = (value) => typeof value === "object" && Object.keys(value).length === 0;

function form_of(file, said) {
  const form = new FormData();
  for (const [name, value] of Object.entries(said)) {
    if (is_given(value)) form.append(name, typeof value === "object" ? JSON.stringify(value) : value);
  }
  form.append("source", file, file.name);
  return form;
}

// A sheet is sent along, or it is the one of an earlier job. What is only asked needs no key that makes it once.
function send(path, source, said, { key = "question", ...options } = {}) {
  if (source.file) return api.send_form(`${V1}/${path}`, form_of(source.file, said), { key, ...options });
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => is_given(value)));
  return api.post_json(`${V1}/${path}`, { ...given, source_id: source.job_id });
}

/** Explain a command while it is written: {status, sheet, …}. A question is an answer, not a problem. */
export const explain = (source, said) => send("commands/explain", source, said, { key: fresh_key() });

/** Put a command in line: {job_id, …}. */
export const submit = (source, said, options) => send("commands", source, said, options);

// crypto.randomUUID exists only in secure contexts, and a desk on the local network has plain http.
const fresh_key = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/** The last commands, newest first; `q` is part of a sentence. */
export async function history(q = "", limit = 50) {
  const query = new URLSearchParams({ limit, ...(q ? { q } : {}) });
  return (await api.get_json(`${V1}/commands/history?${query}`)).commands;
}

/** A page of a preview's rows: {hash, rows, next_after, matching_rows, summary}. */
export function preview_rows(id, { after = 0, limit = 100, show = "all", q = "" }) {
  const query = new URLSearchParams({ after, limit, show, ...(q ? { q } : {}) });
  return api.get_json(`${job_url(id)}/preview/rows?${query}`);
}

/** Every row that matches, as {row_number, cents}; pages through them. */
export async function all_rows(id, wanted) {
  const found = [];
  for (let after = 0; after !== null; ) {
    const page = await preview_rows(id, { ...wanted, after, limit: 500 });
    found.push(...page.rows.map((row) => ({ row_number: row.row_number, cents: row.estimated_cost_cents })));
    after = page.next_after;
  }
  return found;
}

/** Ask the carrier what became of a row: {is_bought, job}. */
export const look_up = (id, key) => api.post_json(`${item_url(id, key)}/look-up`, {});

/** Decide a row that needs review; resolves to the job. */
export const decide = (id, key, decision) => api.post_json(`${item_url(id, key)}/resolve`, decision);

/** The items of a job that wait for a person. */
export async function waiting_items(id) {
  return (await api.get_json(`${job_url(id)}/items?status=needs_review&limit=200`)).items;
}
