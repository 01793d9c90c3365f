// Which column of the sheet is which field, with some values of it: shown, and changed by hand.

import { html, useId, useState } from "../../html.js";
import { mapping, set_column, sheet, verdict } from "./command.js";
import { field_name, t } from "./words.js";

function Samples({ header }) {
  const { headers, samples } = sheet.value;
  const values = samples[headers.indexOf(header)] ?? [];
  if (!header) return null;
  return html`<span class="column-samples">${values.length ? values.join(" · ") : t("samples_none")}</span>`;
}

function Column({ field, header, is_required }) {
  const id = useId();
  const is_missing = is_required && !header;
  return html`<li class=${is_missing ? "missing" : ""}>
    <label for=${id}>${field_name(field)}${is_required && html`<abbr title=${t("needed")}>*</abbr>`}</label>
    <select id=${id} aria-invalid=${is_missing} value=${header ?? ""} onChange=${({ target }) => set_column(field, target.value)}>
      <option value="" selected=${!header}>${is_missing ? t("column_missing") : t("column_none")}</option>
      ${sheet.value.headers.map((name) => html`<option key=${name} value=${name} selected=${name === header}>${name}</option>`)}
    </select>
    <${Samples} header=${header} />
  </li>`;
}

const Reset = () => html`<button type="button" class="small" onClick=${() => (mapping.value = {})}>${t("columns_reset")}</button>`;

/** The columns; open by itself while a needed one is missing. */
export function Columns() {
  const [is_open, set_open] = useState(false);
  const is_mapped = Object.keys(mapping.value).length > 0;
  if (!sheet.value) return is_mapped && verdict.value.status === "refused" && html`<${Reset} />`;
  const { fields, missing } = sheet.value;
  const needed = fields.filter(({ is_required }) => is_required);
  const others = fields.filter(({ is_required }) => !is_required);
  return html`<details class="options ship-columns" open=${is_open || missing.length > 0} onToggle=${({ target }) => set_open(target.open)}>
    <summary>${t("columns_title")} <span class="status ${missing.length ? "failed" : "completed"}">
      ${missing.length ? t("columns_missing", { n: missing.length }) : t("columns_found", { n: needed.length })}</span></summary>
    <ul class="column-list">${needed.map((one) => html`<${Column} key=${one.field} ...${one} />`)}</ul>
    <p class="muted">${t("columns_others")}</p>
    <ul class="column-list">${others.map((one) => html`<${Column} key=${one.field} ...${one} />`)}</ul>
    ${is_mapped && html`<${Reset} />`}
  </details>`;
}
