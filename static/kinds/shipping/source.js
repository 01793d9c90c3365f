// The sheet of orders: dropped, chosen, or one that is here from an earlier command.

import * as api from "../../api.js";
import * as draft from "../../draft.js";
import { size } from "../../format.js";
import { html, signal, useEffect, useId } from "../../html.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { DropZone } from "../../parts/submit.js";
import { trouble } from "../../parts/toasts.js";
import { server } from "../../store.js";
import * as shipping from "./api.js";
import { drop_source, file, source, use_earlier, verdict } from "./command.js";
import { t } from "./words.js";

const sheets = signal([]); // earlier ones, each once: {job_id, name}

async function load_sheets() {
  const seen = new Map();
  for (const past of await shipping.history()) {
    const is_new = past.file_name && !seen.has(past.file_sha256);
    if (is_new) seen.set(past.file_sha256, { job_id: past.job_id, name: past.file_name, at: past.created_at });
  }
  sheets.value = [...seen.values()];
}

function Earlier() {
  const id = useId();
  const is_live = server.value.is_live;
  useEffect(() => {
    if (is_live) load_sheets().catch(() => {}); // the offer is just not made
  }, [is_live]);
  if (!sheets.value.length) return null;
  const pick = ({ target }) => {
    const sheet = sheets.value.find(({ job_id }) => job_id === target.value);
    if (sheet) use_earlier(sheet.job_id, sheet.name);
  };
  return html`<div class="field"><label for=${id}>${t("earlier_label")}</label>
    <select id=${id} onChange=${pick}><option value="">${t("earlier_none")}</option>
      ${sheets.value.map(({ job_id, name, at }) => html`<option key=${job_id} value=${job_id}>
        ${name} · ${new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</option>`)}
    </select></div>`;
}

async function try_example() {
  try {
    const example = (await api.examples()).find(({ kind }) => kind === "shipping");
    if (example) draft.add_files([await api.example_file(example)]);
  } catch (problem) {
    trouble(problem);
  }
}

function Chosen() {
  const rows = verdict.value.source_rows;
  const facts = [
    file.value && size(file.value.size),
    !file.value && t("from_earlier"),
    rows !== undefined && t("source_rows", { n: rows }),
  ];
  return html`<div class="ship-source"><${Icon} name="file" />
    <div><strong>${source.value.name}</strong><small>${facts.filter(Boolean).join(" · ")}</small></div>
    <${IconButton} icon="close" name=${t("take_out", { name: source.value.name })} onClick=${drop_source} />
  </div>`;
}

/** Where the orders come from; `has_example` offers the bundled ones. */
export function Source({ has_example }) {
  if (source.value) return html`<${Chosen} />`;
  return html`<div class="ship-sources"><${DropZone} /><${Earlier} />
    ${has_example && html`<button type="button" class="quiet small" onClick=${try_example}>${t("try_example")}</button>`}
  </div>`;
}
