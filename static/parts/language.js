// In which language the window speaks. Each language is named in itself.

import { html, useId } from "../html.js";
import { LANGUAGES, language, messages, set_language } from "../messages.js";

const t = messages("habits");

/** The choice between languages. */
export function LanguageChoice() {
  const id = useId();
  return html`<div class="field"><label for=${id}>${t("language")}</label>
    <select id=${id} value=${language.value} onChange=${({ target }) => set_language(target.value)}>
      ${Object.entries(LANGUAGES).map(([tongue, name]) => html`<option value=${tongue} lang=${tongue}
        selected=${tongue === language.value}>${name}</option>`)}
    </select></div>`;
}
