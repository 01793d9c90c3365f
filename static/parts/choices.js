// What this browser remembers of how somebody likes the window: language, theme, notifications, keys.

import { dialog } from "../dialogs.js";
import { html } from "../html.js";
import { are_letters_on, set_letters } from "../keys.js";
import { messages } from "../messages.js";
import { THEMES, set_theme, theme } from "../theme.js";
import { Icon } from "./icons.js";
import { LanguageChoice } from "./language.js";
import { NotifyChoice } from "./notify_choice.js";

const t = messages("habits");

function ThemeChoice() {
  return html`<fieldset class="field"><legend>${t("theme")}</legend><div class="segments">
    ${THEMES.map((name) => html`<button type="button" class="segment" aria-pressed=${name === theme.value}
      onClick=${() => set_theme(name)}>${t(`theme_${name}`)}</button>`)}
  </div></fieldset>`;
}

function LettersChoice() {
  return html`<div class="field"><label class="check">
    <input type="checkbox" checked=${are_letters_on.value} onChange=${({ target }) => set_letters(target.checked)} />
    ${t("letters_on")}</label></div>`;
}

/** The choices; `on_leave` is called before a dialog opens over them. */
export function Choices({ on_leave = () => {} }) {
  const open = (name) => {
    on_leave();
    dialog.value = name;
  };
  return html`<div class="choices">
    <${LanguageChoice} /><${ThemeChoice} /><${NotifyChoice} /><${LettersChoice} />
    <div class="choices-more">
      <button type="button" class="small" onClick=${() => open("help")}><${Icon} name="keyboard" />${t("help_title")}</button>
      <button type="button" class="small" onClick=${() => open("palette")}><${Icon} name="search" />${t("palette_title")}</button>
    </div>
  </div>`;
}
