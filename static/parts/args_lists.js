// The controls of several values: boxes to tick, a list that grows, names with values.

import { control_of, plain } from "../args_schema.js";
import { html, useState } from "../html.js";
import { messages } from "../messages.js";
import { Field } from "./args_fields.js";
import { IconButton } from "./icons.js";
import { INPUTS } from "./args_inputs.js";

const t = messages("form");

/** Any of a few. */
export function ChoicesInput({ schema, root, value, on_change }) {
  const chosen = value ?? schema.default ?? [];
  const toggle = (option) => {
    const next = chosen.includes(option) ? chosen.filter((one) => one !== option) : [...chosen, option];
    on_change(next.length || schema.default?.length ? next : undefined);
  };
  return html`<div class="checks">${plain(schema.items, root).enum.map(
    (option) => html`<label class="check"><input type="checkbox" checked=${chosen.includes(option)} onChange=${() => toggle(option)} />${String(option)}</label>`,
  )}</div>`;
}

const empty_of = (schema) => ({ object: {}, boolean: false })[control_of(schema)];

/** Numbers, times or objects, one below the other. */
export function ListInput({ schema, root, path, value, errors, on_change, title }) {
  const items = plain(schema.items, root);
  const rows = value ?? schema.default ?? [];
  const put = (index, next) => on_change(rows.map((one, place) => (place === index ? next : one)));
  const drop = (index) => {
    const rest = rows.filter((_, place) => place !== index);
    on_change(rest.length || schema.default?.length ? rest : undefined);
  };
  const is_full = rows.length >= (schema.maxItems ?? Infinity);
  return html`<div class="list-input">
    ${rows.length > 0 && html`<ol>${rows.map((one, index) => html`<li key=${index}>
      <${Field} name=${t("item", { n: index + 1 })} schema=${{ ...items, title: items.title ?? t("item", { n: index + 1 }) }} root=${root}
        path=${[...path, index]} value=${one} errors=${errors} is_required on_change=${(next) => put(index, next)} />
      <${IconButton} icon="close" name=${t("take_out", { title, n: index + 1 })} onClick=${() => drop(index)} />
    </li>`)}</ol>`}
    <button type="button" class="small" disabled=${is_full} onClick=${() => on_change([...rows, empty_of(items)])}>${t("add")}</button>
  </div>`;
}

/** Names that nobody knows beforehand, each with a value. */
export function MapInput({ schema, root, value, on_change, title, is_invalid }) {
  const [rows, set_rows] = useState(() => Object.entries(value ?? {}));
  const items = plain(schema.additionalProperties, root);
  const Input = INPUTS[control_of(items, root)];
  const change = (next) => {
    set_rows(next);
    const named = next.filter(([name, one]) => name.trim() && one !== undefined);
    on_change(named.length ? Object.fromEntries(named) : undefined);
  };
  const put = (index, pair) => change(rows.map((row, place) => (place === index ? pair : row)));
  return html`<div class="list-input map-input">
    ${rows.length > 0 && html`<ol>${rows.map(([name, one], index) => html`<li key=${index}>
      <input type="text" autocomplete="off" aria-label=${t("map_name", { n: index + 1 })} placeholder=${t("map_name_hint")} value=${name}
        onInput=${({ target }) => put(index, [target.value, one])} />
      <${Input} schema=${items} value=${one} is_invalid=${is_invalid} title=${t("map_value", { n: index + 1 })} name_it on_change=${(next) => put(index, [name, next])} />
      <${IconButton} icon="close" name=${t("take_out", { title, n: index + 1 })} onClick=${() => change(rows.filter((_, place) => place !== index))} />
    </li>`)}</ol>`}
    <button type="button" class="small" onClick=${() => set_rows([...rows, ["", undefined]])}>${t("add")}</button>
  </div>`;
}
