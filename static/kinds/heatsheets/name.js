// A name, completed from the sheets that were read here before.

import * as api from "../../api.js";
import { html, useEffect, useId, useState } from "../../html.js";
import { messages } from "../../messages.js";

const t = messages("heatsheets");
const WAIT_MS = 150;

const said = ({ team, age }) => [team, age && t("age", { age: String(age) })].filter(Boolean).join(", ");

/** A text field for a swimmer's name; `on_change(name)` hears every change. */
export function NameInput({ label, value, on_change }) {
  const id = useId();
  const [known, set_known] = useState([]);
  useEffect(() => {
    const typed = value.trim();
    if (typed.length < 2) return undefined;
    const timer = setTimeout(() => {
      // Without completion the field is what it was: a text field.
      api.get_json(`/api/batch/swimmers?${new URLSearchParams({ q: typed.slice(0, 120) })}`).then(
        ({ swimmers }) => set_known(swimmers),
        () => set_known([]),
      );
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return html`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} type="text" autocomplete="off" spellcheck="false" maxlength="120" list=${`${id}-known`} placeholder=${t("name_hint")}
      value=${value} onInput=${({ target }) => on_change(target.value)} />
    <datalist id=${`${id}-known`}>${known.map((person) => html`<option value=${person.name}>${said(person)}</option>`)}</datalist>
  </div>`;
}
