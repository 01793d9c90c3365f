// The one place that fetches. Every answer that is not 2xx becomes a Problem with what the server said.

const BASE = "/api/v1";

/**
 * What others hang in here: words for an answer that brought none, those it brought in the reader's language, how to
 * renew a login that has run out (resolves to whether it was), and what happens when nobody is signed in (401).
 */
export const hooks = {
  words_for: (status) => String(status),
  in_words: (error) => error,
  renew: async () => false,
  on_unauthorized: () => {},
};

/** An RFC 9457 answer, or a server that could not be reached (status 0). */
export class Problem extends Error {
  constructor(status, body = {}) {
    const { message, remediation } = hooks.in_words({ ...body, message: body.detail || body.title });
    super(message || hooks.words_for(status));
    this.status = status;
    this.code = body.code ?? null;
    this.remediation = remediation ?? null;
    this.errors = (body.errors ?? []).map((error) => ({ ...error, detail: hooks.in_words({ message: error.detail }).message }));
    this.body = body; // with what a kind adds of its own, as the choices of a question
    this.is_retriable = status === 0 || body.retriable === true;
  }
}

async function request(method, path, { json, headers = {}, signal, is_final = false } = {}) {
  const options = { method, signal, headers: { Accept: "application/json", ...headers } };
  if (json !== undefined) {
    options.body = JSON.stringify(json);
    options.headers["Content-Type"] = "application/json";
  }
  const ask = async () => {
    try {
      return await fetch(path.startsWith("/") ? path : `${BASE}/${path}`, options);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem(0);
    }
  };
  let response = await ask();
  if (response.status === 401 && !is_final && (await hooks.renew())) response = await ask();
  if (!response.ok) throw refused(new Problem(response.status, await response.json().catch(() => ({}))), is_final);
  return response;
}

function refused(problem, is_final = false) {
  if (problem.status === 401 && !is_final) hooks.on_unauthorized(problem);
  return problem;
}

async function json(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? null : response.json();
}

const get = (path, options) => json("GET", path, options);
const post = (path, body = {}, options = {}) => json("POST", path, { ...options, json: body });
const job_path = (id) => `jobs/${encodeURIComponent(id)}`;

export const kinds = async () => (await get("kinds")).kinds;
export const examples = async () => (await get("examples")).examples ?? [];
export const job = (id) => get(job_path(id));
export const move = (id, to) => post(`${job_path(id)}/move`, { to });
export const cancel = (id) => post(`${job_path(id)}/cancel`);
export const retry = (id) => post(`${job_path(id)}/retry`);
export const confirm = (id, body) => post(`${job_path(id)}/confirm`, body);
export const remove = (id) => json("DELETE", job_path(id));
export const pause = (lane, reason) => post("queue/pause", reason ? { lane, reason } : { lane });
export const resume = (lane) => post("queue/resume", { lane });
export const clear = async (lane) => (await post("queue/clear", lane ? { lane } : {})).cancelled;
export const get_json = (url, options) => get(url, options); // options: {signal}, an AbortSignal
export const send_json = (method, url, body) => json(method, url, { json: body });
export const post_json = (url, body, options) => post(url, body, options);
export const remove_at = (url) => json("DELETE", url);
export const batch = (id) => get(`batches/${encodeURIComponent(id)}`);
export const cancel_batch = (id) => post(`batches/${encodeURIComponent(id)}/cancel`);
export const retry_batch = (id) => post(`batches/${encodeURIComponent(id)}/retry`);
export const log_url = (id) => `${BASE}/${job_path(id)}/log?follow=1`;

/** Decide an item that needs review: outcome is "completed" or "failed". */
export const resolve = (id, key, outcome) =>
  post(`${job_path(id)}/items/${encodeURIComponent(key)}/resolve`, { outcome });

/** Ask for a sign of life; resolves when any answer comes. */
export const sign_of_life = (signal) => fetch("/healthz", { signal });

export const lanes = async () => (await get("queue")).lanes;

/** The jobs of some statuses (separated by commas), newest first: {jobs, next_cursor}. */
export function jobs(status, { limit = 20, cursor = null } = {}) {
  const query = new URLSearchParams({ status, limit });
  if (cursor) query.set("cursor", cursor);
  return get(`jobs?${query}`);
}

/** Every item of a job, page by page, at most `max`. */
export async function items(id, max = 20_000) {
  const found = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: 500, ...(cursor ? { cursor } : {}) });
    const page = await get(`${job_path(id)}/items?${query}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && found.length < max);
  return found;
}

/** Fetch a bundled example as a File. */
export async function example_file(example) {
  const response = await request("GET", example.url, { headers: { Accept: "*/*" } });
  return new File([await response.blob()], example.name, { type: response.headers.get("Content-Type") ?? "" });
}

/**
 * Send a form and resolve to the answer. `on_upload` hears fractions 0-1 of the bytes sent, which fetch cannot tell
 * and XHR can. `signal` aborts. `key` makes a repeated attempt the same submission.
 */
export async function send_form(path, form, options) {
  try {
    return await send_once(path, form, options);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    if (await hooks.renew()) return send_once(path, form, options);
    throw refused(problem);
  }
}

function send_once(path, form, { key, signal, on_upload }) {
  const xhr = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    xhr.open("POST", path.startsWith("/") ? path : `${BASE}/${path}`);
    xhr.setRequestHeader("Idempotency-Key", key);
    xhr.responseType = "json";
    xhr.upload.onprogress = (event) => event.lengthComputable && on_upload?.(event.loaded / event.total);
    xhr.upload.onload = () => on_upload?.(1);
    xhr.onload = () =>
      xhr.status < 300 ? resolve(xhr.response) : reject(new Problem(xhr.status, xhr.response ?? {}));
    xhr.onerror = () => reject(new Problem(0));
    xhr.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => xhr.abort());
    xhr.send(form);
  });
}

/** Submit one job. */
export function submit({ kind, args, files, ...options }) {
  const form = new FormData();
  form.append("kind", kind);
  form.append("args", JSON.stringify(args));
  for (const file of files) form.append("files", file, file.name);
  return send_form("jobs", form, options);
}

/** Submit one job with the files of an earlier one, `inputs_of` (its id; null for a kind without files). */
export const submit_again = ({ key, signal, on_upload: _, ...body }) =>
  post("jobs", body, { signal, headers: { "Idempotency-Key": key } });
