// What the sessions' screens ask of the server.

import * as api from "../../api.js";

const path = (id, rest = "") => `/api/sessions/${encodeURIComponent(id)}${rest}`;

/** One page of sessions, newest first: {sessions, next_cursor}. */
export function sessions({ q = "", status = "", cursor = null, limit = 30 } = {}) {
  const query = new URLSearchParams({ limit });
  if (q) query.set("q", q);
  if (status) query.set("status", status);
  if (cursor) query.set("cursor", cursor);
  return api.get_json(`/api/sessions?${query}`);
}

export const session = (id) => api.get_json(path(id));
export const notes = (id) => api.get_json(path(id, "/notes"));
export const make_notes = (id) => api.post_json(path(id, "/notes"), {});
export const history = (id) => api.get_json(path(id, "/transcript/history"));
export const edit = (id, revision, edits) => api.send_json("PATCH", path(id, "/transcript"), { revision, edits });
export const name_speakers = (id, revision, speakers) => api.send_json("PUT", path(id, "/speakers"), { revision, speakers });
export const export_url = (id, format) => path(id, `/export?format=${format}`);

/** Send a recording or a transcript; `patient` may be empty. Resolves to {session_id, job_id, status}. */
export function upload({ file, patient, title, speakers }, options) {
  const form = new FormData();
  if (title) form.append("title", title);
  if (speakers) form.append("speakers", speakers);
  form.append("file", file, file.name);
  const query = patient ? `?${new URLSearchParams({ patient_id: patient })}` : "";
  return api.send_form(`/api/sessions/upload${query}`, form, options);
}
