// The controls of single values: words, numbers, choices, times, and JSON where nothing else will do.

import { limits, type_of } from "../args_schema.js";
import { html, useState } from "../html.js";
import { messages } from "../messages.js";

const t = messages("form");
const common = ({ id, described, is_invalid, is_required, title, name_it }) => ({
  id,
  "aria-describedby": described,
  "aria-invalid": is_invalid || undefined,
  "aria-required": is_required || undefined,
  "aria-label": name_it ? title : undefined,
});

function BooleanInput({ schema, value, on_change, title, ...props }) {
  return html`<label class="check"><input type="checkbox" ...${common(props)} checked=${value ?? schema.default ?? false}
    onChange=${({ target }) => on_change(target.checked)} />${title}</label>`;
}

function ChoiceInput({ schema, value, on_change, is_nullable, ...props }) {
  const options = schema.enum;
  const shown = value === undefined ? schema.default : value;
  const has_blank = shown === undefined && !is_nullable;
  const name_of = (option, index) => (option === null ? t("none") : (schema.labels?.[index] ?? String(option)));
  const choose = ({ target }) => on_change(target.value === "" ? undefined : options[Number(target.value)]);
  return html`<select ...${common(props)} onChange=${choose}>
    ${has_blank && html`<option value="" selected>${t("choose")}</option>`}
    ${options.map((option, index) => html`<option value=${index} selected=${option === (shown ?? null)}>${name_of(option, index)}</option>`)}
  </select>`;
}

function NumberInput({ schema, value, on_change, ...props }) {
  const { low, high } = limits(schema);
  const step = schema.multipleOf ?? (type_of(schema) === "integer" ? 1 : "any");
  return html`<input type="number" inputmode=${step === 1 ? "numeric" : "decimal"} ...${common(props)} step=${step} min=${low ?? undefined} max=${high ?? undefined}
    value=${value ?? ""} placeholder=${schema.default ?? ""}
    onInput=${({ target }) => on_change(target.value === "" ? undefined : target.valueAsNumber)} />`;
}

const TYPES = { email: "email", uri: "url", "uri-reference": "url" };

function TextInput({ schema, value, on_change, ...props }) {
  return html`<input type=${TYPES[schema.format] ?? "text"} autocomplete="off" ...${common(props)} value=${value ?? ""}
    placeholder=${schema.default || schema.examples?.[0] || ""} maxlength=${schema.maxLength}
    onInput=${({ target }) => on_change(target.value === "" ? undefined : target.value)} />`;
}

function LongTextInput({ schema, value, on_change, ...props }) {
  return html`<textarea rows="3" ...${common(props)} maxlength=${schema.maxLength} placeholder=${schema.default || schema.examples?.[0] || ""}
    value=${value ?? ""} onInput=${({ target }) => on_change(target.value === "" ? undefined : target.value)}></textarea>`;
}

// A time with its zone is kept; the field shows it on the reader's own clock.
function local_time(value) {
  const at = value && new Date(value);
  if (!at || Number.isNaN(at.valueOf())) return "";
  return new Date(at.valueOf() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const of_type = (type, read, write) =>
  function TimeInput({ schema, value, on_change, ...props }) {
    return html`<input type=${type} ...${common(props)} value=${read(value ?? schema.default)}
      onChange=${({ target }) => on_change(target.value === "" ? undefined : write(target.value))} />`;
  };
const as_it_is = (value) => value ?? "";

const words_of = (text) => text.split(",").map((part) => part.trim()).filter(Boolean);

// What is typed is kept as it is: a comma at the end is the beginning of the next word.
function WordsInput({ schema, value, on_change, ...props }) {
  const [text, set_text] = useState((value ?? []).join(", "));
  const is_same = words_of(text).join() === (value ?? []).join();
  const type = ({ target }) => {
    set_text(target.value);
    const words = words_of(target.value);
    on_change(words.length ? words : undefined);
  };
  return html`<input type="text" autocomplete="off" spellcheck="false" ...${common(props)} value=${is_same ? text : (value ?? []).join(", ")}
    placeholder=${(schema.default ?? []).join(", ") || t("by_commas")} onInput=${type} />`;
}

function JsonInput({ schema, value, on_change, ...props }) {
  const change = ({ target }) => {
    try {
      on_change(target.value.trim() ? JSON.parse(target.value) : undefined);
      target.setCustomValidity("");
    } catch (error) {
      target.setCustomValidity(t("not_json", { why: error.message }));
    }
    target.reportValidity();
  };
  return html`<textarea class="json-input" rows="4" spellcheck="false" ...${common(props)} onChange=${change}
    placeholder=${schema.default === undefined ? "{}" : JSON.stringify(schema.default)}
    value=${value === undefined ? "" : JSON.stringify(value, null, 2)}></textarea>`;
}

export const INPUTS = {
  boolean: BooleanInput,
  choice: ChoiceInput,
  number: NumberInput,
  text: TextInput,
  long_text: LongTextInput,
  date: of_type("date", as_it_is, as_it_is),
  time: of_type("time", as_it_is, as_it_is),
  datetime: of_type("datetime-local", local_time, (text) => new Date(text).toISOString()),
  words: WordsInput,
  json: JsonInput,
};
