// A form made from the JSON Schema of a kind's args. What is left alone is left out: the server has the defaults.

import { html, useId } from "../html.js";
import { label } from "../format.js";

const type_of = (schema) => [schema.type].flat().find((type) => type && type !== "null") ?? "string";
const title_of = (name, schema) => schema.title ?? label(name);
const is_choice_list = (schema) => type_of(schema) === "array" && Array.isArray(schema.items?.enum);

function Choices({ schema, value, on_change }) {
  const chosen = value ?? schema.default ?? [];
  const toggle = (option) => {
    const next = chosen.includes(option) ? chosen.filter((one) => one !== option) : [...chosen, option];
    on_change(next.length ? next : undefined);
  };
  return schema.items.enum.map(
    (option) => html`<label class="check">
      <input type="checkbox" checked=${chosen.includes(option)} onChange=${() => toggle(option)} />${option}
    </label>`,
  );
}

function Select({ id, schema, value, on_change, described }) {
  return html`<select id=${id} aria-describedby=${described}
    value=${String(value ?? schema.default ?? "")} onChange=${({ target }) =>
      on_change(schema.enum.find((option) => String(option) === target.value))}>
    ${schema.enum.filter((option) => option !== null).map((option) => html`<option value=${String(option)}>${option}</option>`)}
  </select>`;
}

function NumberInput({ id, schema, value, on_change, described }) {
  const step = type_of(schema) === "integer" ? 1 : "any";
  return html`<input id=${id} type="number" inputmode="decimal" aria-describedby=${described} step=${step}
    min=${schema.minimum} max=${schema.maximum} value=${value ?? ""} placeholder=${schema.default ?? ""}
    onInput=${({ target }) => on_change(target.value === "" ? undefined : target.valueAsNumber)} />`;
}

function ListInput({ id, schema, value, on_change, described }) {
  const read = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);
  return html`<input id=${id} type="text" autocomplete="off" spellcheck="false" aria-describedby=${described}
    value=${(value ?? []).join(", ")} placeholder=${(schema.default ?? []).join(", ")}
    onChange=${({ target }) => on_change(target.value.trim() ? read(target.value) : undefined)} />`;
}

function JsonInput({ id, schema, value, on_change, described }) {
  const change = ({ target }) => {
    try {
      on_change(target.value.trim() ? JSON.parse(target.value) : undefined);
      target.setCustomValidity("");
    } catch (error) {
      target.setCustomValidity(`Not JSON: ${error.message}`);
    }
    target.reportValidity();
  };
  return html`<textarea id=${id} rows="3" spellcheck="false" aria-describedby=${described} onChange=${change}
    placeholder=${JSON.stringify(schema.default ?? {})}>${value === undefined ? "" : JSON.stringify(value, null, 2)}</textarea>`;
}

function TextInput({ id, schema, value, on_change, described }) {
  return html`<input id=${id} type="text" autocomplete="off" aria-describedby=${described} value=${value ?? ""}
    placeholder=${schema.default ?? schema.examples?.[0] ?? ""} maxlength=${schema.maxLength}
    onInput=${({ target }) => on_change(target.value === "" ? undefined : target.value)} />`;
}

function input_for(schema) {
  if (schema.enum) return Select;
  const type = type_of(schema);
  if (type === "integer" || type === "number") return NumberInput;
  if (type === "array" && ["string", undefined].includes(schema.items?.type)) return ListInput;
  return type === "object" || type === "array" ? JsonInput : TextInput;
}

function Hint({ id, schema, error }) {
  if (error) return html`<small id=${id} class="field-error">${error}</small>`;
  return schema.description && html`<small id=${id}>${schema.description}</small>`;
}

function Field({ name, schema, value, error, on_change, is_required }) {
  const id = useId();
  const hint = html`<${Hint} id=${`${id}-hint`} schema=${schema} error=${error} />`;
  const described = error || schema.description ? `${id}-hint` : undefined;
  if (type_of(schema) === "boolean") {
    return html`<div class="field"><label class="check">
      <input type="checkbox" checked=${value ?? schema.default ?? false} aria-describedby=${described}
        onChange=${({ target }) => on_change(target.checked)} />${title_of(name, schema)}
    </label>${hint}</div>`;
  }
  if (is_choice_list(schema)) {
    return html`<fieldset class="field" aria-describedby=${described}><legend>${title_of(name, schema)}</legend>
      <div class="checks"><${Choices} schema=${schema} value=${value} on_change=${on_change} /></div>${hint}
    </fieldset>`;
  }
  const Input = input_for(schema);
  return html`<div class="field">
    <label for=${id}>${title_of(name, schema)}${is_required && html`<span class="muted"> (needed)</span>`}</label>
    <${Input} id=${id} schema=${schema} value=${value} on_change=${on_change} described=${described} />${hint}
  </div>`;
}

/** The fields of a schema; `errors` are {pointer, detail} of the server, `on_change(name, value)` hears edits. */
export function ArgsForm({ schema, values, errors, on_change }) {
  const fields = Object.entries(schema?.properties ?? {}).filter(([, field]) => !field.readOnly);
  const error_of = (name) => errors.find(({ pointer }) => pointer?.split("/").includes(name))?.detail;
  return fields.map(
    ([name, field]) => html`<${Field} key=${name} name=${name} schema=${field} value=${values[name]}
      error=${error_of(name)} is_required=${schema.required?.includes(name)}
      on_change=${(value) => on_change(name, value)} />`,
  );
}
