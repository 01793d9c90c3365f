// Uploads on their way: apart from the progress of jobs, and alive whichever screen is shown.

import * as api from "./api.js";
import { signal } from "./html.js";
import { messages } from "./messages.js";
import { toast } from "./parts/toasts.js";
import { job_href } from "./router.js";
import { dispatch } from "./store.js";

const t = messages("shell");
export const uploads = signal([]);
let last = 0;

function change(id, changes) {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload));
}

export function forget(id) {
  uploads.value = uploads.value.filter((upload) => upload.id !== id);
}

function welcome(job) {
  dispatch({ type: "jobs", jobs: [job] });
  const action = { label: t("show"), href: job_href(job.id) };
  if (job.cached) return toast(t("done_before", { title: job.title }), { action });
  const { title, position } = job;
  return toast(position ? t("has_number", { title, position }) : t("is_in_line", { title }), { action, topic: "number" });
}

async function run(upload) {
  const abort = new AbortController();
  change(upload.id, { fraction: 0, problem: null, stop: () => abort.abort() });
  try {
    const on_upload = (fraction) => change(upload.id, { fraction });
    const { post = api.submit, welcomed = welcome, ...request } = upload.request;
    const answer = await post({ ...request, key: upload.key, signal: abort.signal, on_upload });
    forget(upload.id);
    welcomed(answer);
    return answer;
  } catch (problem) {
    const is_refused = upload.on_refused && [400, 415, 422].includes(problem.status);
    if (problem.name === "AbortError" || is_refused) forget(upload.id);
    else change(upload.id, { problem });
    if (is_refused) upload.on_refused(problem);
    return null;
  }
}

/** Try a failed upload again; its key is the same, so that the server cannot take it twice. */
export const again = (upload) => run(upload);

// crypto.randomUUID exists only in secure contexts, and a desk on the local network has plain http.
const new_key = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/**
 * Send one job; resolves to it, or to null when it failed (the list then says why) or was stopped.
 * A request may bring its own `post` and its own welcome for the answer, `welcomed`. `on_refused` hears of a request that must be changed before it can be sent again.
 */
export function send(request, title, on_refused = null) {
  const upload = { id: ++last, title, request, on_refused, key: new_key(), fraction: 0, problem: null, stop: null };
  uploads.value = [...uploads.value, upload];
  return run(upload);
}
