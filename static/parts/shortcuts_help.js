// What the keys do, and the switch that turns the letters off.

import { html } from "../html.js";
import { KEYS, are_letters_on, set_letters } from "../keys.js";
import { is_admin } from "../who.js";
import { messages } from "../messages.js";
import { menu_screens } from "../screens.js";
import { kinds } from "../store.js";
import { Modal } from "./modal.js";

const t = messages("habits");
const shell = messages("shell");

const Key = ({ keys }) => html`<span class="keys">${keys.map((key) => html`<kbd>${key}</kbd>`)}</span>`;

function Row({ keys, words, is_off }) {
  return html`<div class=${is_off ? "is-off" : ""}><dt><${Key} keys=${keys} /></dt><dd>${words}</dd></div>`;
}

/** The dialog. */
export function ShortcutsHelp() {
  const is_off = !are_letters_on.value;
  const is_letter = ({ key }) => key.length === 1;
  return html`<${Modal} label="help-title" look="help">
    <h2 id="help-title">${t("help_title")}</h2>
    <div class="key-groups">
      <section aria-labelledby="keys-do"><h3 id="keys-do">${t("keys_do")}</h3><dl class="key-list">
        ${KEYS.filter((one) => !one.is_admins || is_admin.value).map((one) => html`<${Row} key=${one.key} keys=${one.shown ?? [one.key]} words=${t(one.say)}
          is_off=${is_off && is_letter(one)} />`)}
        <${Row} keys=${["Ctrl", "K"]} words=${t("key_palette")} />
        <${Row} keys=${["Esc"]} words=${t("key_escape")} />
      </dl></section>
      <section aria-labelledby="keys-go"><h3 id="keys-go">${t("keys_go")}</h3><dl class="key-list">
        ${menu_screens(kinds.value).map(({ key, nav }) => html`<${Row} key=${key} keys=${["g", key]} words=${shell(nav)} is_off=${is_off} />`)}
      </dl></section>
    </div>
    <label class="check"><input type="checkbox" checked=${!is_off} onChange=${({ target }) => set_letters(target.checked)} />
      ${t("letters_on")}</label>
  <//>`;
}
