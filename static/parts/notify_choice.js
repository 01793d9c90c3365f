// Notifications are off until somebody turns them on, and the browser is asked only then.

import { html } from "../html.js";
import { messages } from "../messages.js";
import { can_notify, is_blocked, set_wanted, wanted } from "../notify.js";

const t = messages("habits");

/** The box; nothing where the browser has no notifications. */
export function NotifyChoice() {
  if (!can_notify()) return null;
  const is_denied = is_blocked.value;
  return html`<div class="field"><label class="check">
    <input type="checkbox" checked=${wanted.value && !is_denied} disabled=${is_denied}
      onChange=${({ target }) => set_wanted(target.checked)} />${t("notify")}</label>
    <small>${is_denied ? t("notify_blocked") : t("notify_hint")}</small></div>`;
}
