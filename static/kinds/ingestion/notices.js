// What a person should know before asking: an empty library, work on its way, no model.

import * as api from "../../api.js";
import { html, useEffect, useState } from "../../html.js";
import { choose_kind } from "../../draft.js";
import { Icon } from "../../parts/icons.js";
import { trouble } from "../../parts/toasts.js";
import { go, job_href } from "../../router.js";
import { state } from "../../store.js";
import { send } from "../../uploads.js";
import { share, t } from "./words.js";

const KIND = "ingestion";

/** Where documents are handed in. */
export function add_documents() {
  choose_kind(KIND);
  go("#/");
}

/** Jobs that put documents in just now, or wait for it. */
export const jobs_on_the_way = () =>
  Object.values(state.value.jobs).filter(({ kind, status }) => kind === KIND && (status === "running" || status === "queued"));

/** Goes up whenever such a job ends: then there is more to find. */
export const jobs_done = () =>
  Object.values(state.value.jobs).filter(({ kind, status }) => kind === KIND && (status === "completed" || status === "cancelled")).length;

/** Links to the work on its way. */
export function OnTheWay() {
  const jobs = jobs_on_the_way();
  if (!jobs.length) return null;
  return html`<ul class="on-the-way">${jobs.map(
    (job) => html`<li key=${job.id}><a href=${job_href(job.id)}>${job.title}</a>
      <progress max="100" value=${job.progress?.percent ?? 0} aria-label=${t("progress_of", { name: job.title })}></progress>
      <output>${job.status === "running" ? share(job.progress?.percent ?? 0) : t("in_line")}</output></li>`,
  )}</ul>`;
}

/** Said when questions are understood by their words alone, or when part of the library is older than the model. */
export function ModelNotice({ model, totals, answer, asked }) {
  const unseen = model ? totals.chunks - (totals.models[model] ?? 0) : 0;
  const is_away = model && answer && asked !== "bm25" && answer.search_type === "bm25";
  const text = !model ? t("no_model") : is_away ? t("model_away") : unseen > 0 && asked !== "bm25" ? t("other_model", { n: unseen }) : null;
  if (!text || !totals.chunks) return null;
  return html`<p class="notice" role="note"><${Icon} name="alert" /><span>${text}</span></p>`;
}

async function put_in(examples) {
  const files = await Promise.all(examples.map(api.example_file));
  return send({ kind: KIND, args: { tags: [t("example_tag")] }, files }, t("examples_title"));
}

/** The library before anything is in it. */
export function Empty() {
  const [examples, set_examples] = useState([]);
  const [is_busy, set_busy] = useState(false);
  useEffect(() => {
    api.examples().then((all) => set_examples(all.filter(({ kind }) => kind === KIND)), () => {}); // the offer is just not made
  }, []);
  const run = async () => {
    set_busy(true);
    await put_in(examples).catch(trouble);
    set_busy(false);
  };
  const is_coming = is_busy || jobs_on_the_way().length > 0;
  return html`<section class="panel empty-library">
    <${Icon} name="library" />
    <h2>${is_coming ? t("empty_coming") : t("empty")}</h2>
    <p class="muted">${t("empty_hint")}</p>
    <div class="actions">
      <button type="button" class="primary" onClick=${add_documents}><${Icon} name="plus" />${t("add")}</button>
      ${examples.length > 0 && html`<button type="button" disabled=${is_coming} onClick=${run}>${t("try_examples", { n: examples.length })}</button>`}
    </div>
    ${examples.length > 0 && html`<p class="muted small-print">${t("examples_are", { names: examples.map(({ name }) => name).join(", ") })}</p>`}
  </section>`;
}
