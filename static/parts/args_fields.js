// The fields of a kind's args. What is left alone is left out: the server has the defaults.

import { control_of, error_at, is_nullable, limits, plain } from "../args_schema.js";
import { label, number } from "../format.js";
import { html, useId } from "../html.js";
import { kind_words, messages } from "../messages.js";
import { schema_words } from "../args_words.js";
import { INPUTS } from "./args_inputs.js";
import { ChoicesInput, ListInput, MapInput } from "./args_lists.js";

const t = messages("form");
const GROUPS = { choices: ChoicesInput, list: ListInput, map: MapInput };

const title_of = (name, schema) => schema.title ?? label(String(name));

function limit_words(schema) {
  const { low, high, is_above } = limits(schema);
  if (control_of(schema) !== "number" || (low === null && high === null)) return null;
  if (high === null) return t(is_above ? "above" : "at_least", { low: number(low) });
  if (low === null) return t("at_most", { high: number(high) });
  return t(is_above ? "above_to" : "from_to", { low: number(low), high: number(high) });
}

// What stands here does not depend on the value: a form that moves while somebody clicks makes them miss.
function Hint({ id, schema, error }) {
  const words = [schema.description, limit_words(schema)].filter(Boolean);
  if (control_of(schema) === "words" && schema.default?.length) words.push(t("else", { value: schema.default.join(", ") }));
  return html`<small id=${id} class=${error ? "field-error" : ""}>${error ?? words.join(" · ")}</small>`;
}

function has_hint(schema, error) {
  return Boolean(error || schema.description || limit_words(schema));
}

function Group({ title, note, hint, described, is_invalid, children }) {
  return html`<fieldset class="field group ${is_invalid ? "invalid" : ""}" aria-describedby=${described}>
    <legend>${title}${note && html`<span class="muted"> ${note}</span>`}</legend>${hint}${children}
  </fieldset>`;
}

function Optional({ schema, root, path, value, errors, on_change, is_required }) {
  // A whole object that may be left out is filled in only when somebody wants it.
  if (value === undefined || value === null) {
    if (!is_required) return html`<button type="button" class="small" onClick=${() => on_change({})}>${t("fill_in")}</button>`;
  }
  const edit = (name, next) => {
    const changed = { ...(value ?? {}), [name]: next };
    if (next === undefined) delete changed[name];
    on_change(changed);
  };
  return html`<div class="members">
    <${Members} schema=${schema} root=${root} path=${path} values=${value ?? {}} errors=${errors} on_change=${edit} />
    ${!is_required && html`<button type="button" class="small quiet" onClick=${() => on_change(undefined)}>${t("leave_out")}</button>`}
  </div>`;
}

/** One value of a schema, with its name, what it is for and what is wrong with it. */
export function Field({ name, schema: told, root, path, value, errors, on_change, is_required }) {
  const id = useId();
  const schema = plain(told, root);
  const control = control_of(schema, root);
  const is_group = control === "object" || control in GROUPS;
  const error = error_at(errors, path, !is_group || control === "choices");
  const described = has_hint(schema, error) ? `${id}-hint` : undefined;
  const hint = (described || control === "words") && html`<${Hint} id=${`${id}-hint`} schema=${schema} error=${error} />`;
  const title = title_of(name, schema);
  const note = is_required && schema.default === undefined ? t("needed") : null;
  const props = { id, schema, root, path, value, errors, on_change, is_required, described, title, is_invalid: Boolean(error), is_nullable: is_nullable(schema) };
  if (is_group) {
    const Input = GROUPS[control] ?? Optional;
    return html`<${Group} title=${title} note=${note} hint=${hint} described=${described} is_invalid=${error}><${Input} ...${props} /><//>`;
  }
  const Input = INPUTS[control];
  if (control === "boolean") return html`<div class="field"><${Input} ...${props} />${hint}</div>`;
  return html`<div class="field">
    <label for=${id}>${title}${note && html`<span class="muted"> ${note}</span>`}</label>
    <${Input} ...${props} />${hint}
  </div>`;
}

/** The members of an object schema. */
export function Members({ schema, root, path, values, errors, on_change }) {
  const fields = Object.entries(schema.properties ?? {}).filter(([, field]) => !field.readOnly && !("const" in field));
  return fields.map(
    ([name, field]) => html`<${Field} key=${name} name=${name} schema=${field} root=${root} path=${[...path, name]} value=${values[name]}
      errors=${errors} is_required=${schema.required?.includes(name)} on_change=${(value) => on_change(name, value)} />`,
  );
}

/** The whole form of a schema, that of the args of `kind` (its name). */
export function ArgsFields({ schema: told, kind, values, errors, on_change }) {
  const schema = schema_words(told ?? {}, kind_words(kind));
  const whole = error_at(errors.filter(({ pointer }) => pointer?.startsWith("/args")), [], false);
  return html`${whole && html`<p class="field-error" role="alert">${whole}</p>`}
    <${Members} schema=${schema} root=${schema} path=${[]} values=${values} errors=${errors} on_change=${on_change} />`;
}
