// What the window remembers, what the desk is set to, what it can do, and whether all is well with it.

import * as api from "../api.js";
import { label, number, size } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { Choices } from "../parts/choices.js";
import { copy } from "../parts/copy.js";
import { Icon, IconButton } from "../parts/icons.js";
import { kinds, server } from "../store.js";
import { is_admin } from "../who.js";

const t = messages("settings");

function use_answer(path, turn = 0) {
  const [told, set_told] = useState({ answer: null, problem: null });
  const { is_live } = server.value;
  useEffect(() => {
    if (!is_live || !path) return undefined;
    const abort = new AbortController();
    api.get_json(path, { signal: abort.signal }).then(
      (answer) => set_told({ answer, problem: null }),
      (problem) => !abort.signal.aborted && set_told({ answer: null, problem }),
    );
    return () => abort.abort();
  }, [path, is_live, turn]);
  return told;
}

const SIGNS = { ok: "check", warn: "alert", fail: "alert" };
const BADGE = { ok: "completed", warn: "partial", fail: "failed" };

function Finding({ finding }) {
  const { name, status, detail, remediation } = finding;
  return html`<li class="finding ${status}">
    <span class="status ${BADGE[status]}"><${Icon} name=${SIGNS[status]} /><span>${t(`status_${status}`)}</span></span>
    <div><strong>${label(name)}</strong><p>${detail}</p>
      ${remediation && html`<p class="remedy">${remediation} <${IconButton} icon="copy" name=${t("copy_remedy", { name })} onClick=${() => copy(remediation)} /></p>`}</div>
  </li>`;
}

function Doctor() {
  const [turn, set_turn] = useState(0);
  const { answer, problem } = use_answer("/api/v1/doctor", turn);
  const [is_whole, set_whole] = useState(false);
  const checks = answer?.checks ?? [];
  const trouble = checks.filter(({ status }) => status !== "ok");
  const shown = is_whole ? checks : trouble;
  const verdict = !answer ? "looking" : answer.ok ? (trouble.length ? "fine_but" : "all_well") : "not_well";
  return html`<section class="panel doctor" aria-labelledby="doctor-title" aria-busy=${!answer}>
    <header><h2 id="doctor-title">${t("doctor")}</h2>
      <button type="button" class="small" onClick=${() => set_turn(turn + 1)}><${Icon} name="retry" />${t("look_again")}</button></header>
    <p class="doctor-verdict ${verdict}" role="status">${problem ? problem.message : t(verdict, { n: trouble.length })}</p>
    <ul class="findings">${shown.map((finding) => html`<${Finding} key=${finding.name} finding=${finding} />`)}</ul>
    ${checks.length > trouble.length && html`<button type="button" class="small quiet" aria-expanded=${is_whole} onClick=${() => set_whole(!is_whole)}>
      ${is_whole ? t("only_trouble") : t("all_checks", { n: checks.length })}</button>`}
  </section>`;
}

function Kind({ kind }) {
  const { name, title, description, available, reason, remediation, source, accepts } = kind;
  return html`<li class="kind ${available ? "" : "missing"}">
    <div><strong>${title || name}</strong> <code>${name}</code>
      <p class="muted">${available ? description : reason}</p>
      ${!available && remediation && html`<p class="remedy"><code>${remediation}</code> <${IconButton} icon="copy" name=${t("copy_remedy", { name })} onClick=${() => copy(remediation)} /></p>`}
      ${available && html`<p class="muted"><small>${[accepts?.length && accepts.join(" "), source].filter(Boolean).join(" · ")}</small></p>`}
    </div>
    <span class="status ${available ? "completed" : "partial"}"><${Icon} name=${available ? "check" : "alert"} /><span>${t(available ? "available" : "unavailable")}</span></span>
  </li>`;
}

function Kinds() {
  return html`<section class="panel" aria-labelledby="kinds-title"><h2 id="kinds-title">${t("kinds")}</h2>
    <ul class="kind-list">${kinds.value.map((kind) => html`<${Kind} key=${kind.name} kind=${kind} />`)}</ul>
    <p class="muted"><small>${t("kinds_hint")}</small></p>
  </section>`;
}

function shown(name, value) {
  if (value === null) return t("none");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (name === "port") return String(value); // a name rather than a number
  if (typeof value === "number") return name.endsWith("_bytes") ? size(value) : number(value);
  if (Array.isArray(value)) return value.join(", ") || t("none");
  if (typeof value === "object") return Object.keys(value).length ? JSON.stringify(value) : t("none");
  return String(value);
}

function SettingsTable() {
  const { answer, problem } = use_answer("/api/v1/settings");
  const [word, set_word] = useState("");
  const wanted = word.trim().toLowerCase();
  const all = Object.entries(answer?.settings ?? {});
  const rows = all.filter(([name, { value }]) => !wanted || name.includes(wanted) || shown(name, value).toLowerCase().includes(wanted));
  rows.sort(([, a], [, b]) => (a.origin === "default") - (b.origin === "default"));
  return html`<section class="panel effective" aria-labelledby="effective-title" aria-busy=${!answer}>
    <header><div><h2 id="effective-title">${t("effective")}</h2>
      <p class="muted"><small>${answer?.file ? t("read_from", { file: answer.file }) : t("no_file")} ${t("read_only")}</small></p></div>
      <input type="search" aria-label=${t("find_setting")} placeholder=${t("find_setting")} autocomplete="off" spellcheck="false" value=${word}
        onInput=${({ target }) => set_word(target.value)} /></header>
    ${problem && html`<p class="muted">${problem.message}</p>`}
    <div class="scroll" tabindex="0" role="group" aria-labelledby="effective-title"><table>
      <thead><tr><th scope="col">${t("setting")}</th><th scope="col">${t("value")}</th><th scope="col">${t("origin")}</th></tr></thead>
      <tbody>${rows.map(([name, { value, origin }]) => html`<tr class=${origin === "default" ? "" : "given"}>
        <th scope="row"><code>${name}</code></th><td>${shown(name, value)}</td><td class="muted">${origin === "default" ? t("default") : origin}</td></tr>`)}</tbody>
    </table></div>
    ${answer && !rows.length && html`<p class="muted">${t("no_setting")}</p>`}
    ${answer?.ignored.length > 0 && html`<p class="muted">${t("ignored", { names: answer.ignored.join(", ") })}</p>`}
  </section>`;
}

function Keeping() {
  const { answer: stats } = use_answer("/api/v1/stats?days=1");
  const { answer } = use_answer(is_admin.value ? "/api/v1/settings" : null);
  const settings = answer?.settings ?? {};
  const budget = settings.disk_budget_bytes?.value;
  const days = settings.retention_days?.value;
  if (!stats) return null;
  const kept = Object.values(stats.jobs).reduce((sum, count) => sum + count, 0);
  return html`<section class="panel keeping" aria-labelledby="keeping-title"><h2 id="keeping-title">${t("keeping")}</h2>
    <p><strong>${size(stats.disk_used_bytes)}</strong> ${budget ? t("of_budget", { budget: size(budget) }) : t("used")} · ${t("jobs_kept", { n: kept })}</p>
    ${budget > 0 && html`<progress max=${budget} value=${stats.disk_used_bytes} aria-label=${t("disk_use")}></progress>`}
    ${answer && html`<p class="muted">${days === null ? t("kept_for_ever") : t("kept_days", { n: days })}</p>`}
    ${answer && html`<p class="muted"><small>${t("data_in")} <code>${settings.data_dir?.value}</code></small></p>`}
  </section>`;
}

function About() {
  const { answer } = use_answer(is_admin.value ? "/api/v1/settings" : null);
  return html`<section class="panel about" aria-labelledby="about-title"><h2 id="about-title">Nowserving${answer ? ` ${answer.version}` : ""}</h2>
    <p class="muted">${t("about")}</p>
    <p class="actions"><a class="button small" href="/docs">${t("api_docs")}</a><a class="button small" href="/api/openapi.json">OpenAPI</a>${is_admin.value && html`<a class="button small" href="/metrics">${t("metrics")}</a>`}</p>
  </section>`;
}

/** The screen at #/settings; what is for those who run the desk is left out for others. */
export function Settings() {
  return html`<div class="settings">
    <h1>${t("title")}</h1>
    <div class="settings-grid">
      <section class="panel" aria-labelledby="choices-title"><h2 id="choices-title">${t("window")}</h2>
        <p class="muted hint"><small>${t("window_hint")}</small></p><${Choices} /></section>
      ${is_admin.value && html`<${Doctor} />`}
      <div class="stack"><${Keeping} /><${About} /></div>
    </div>
    <${Kinds} />
    ${is_admin.value && html`<${SettingsTable} />`}
  </div>`;
}
