// A new password; other logins end with the old one.

import * as api from "../api.js";
import { html, useState } from "../html.js";
import { messages } from "../messages.js";
import { toast, trouble } from "../parts/toasts.js";
import { who } from "../who.js";

const t = messages("login");

export function Password() {
  const [is_busy, set_busy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = new FormData(form);
    set_busy(true);
    try {
      await api.post_json("/api/v1/auth/password", { password: fields.get("present"), new_password: fields.get("next") });
      form.reset();
      toast(t("password_changed"));
    } catch (problem) {
      trouble(problem);
    }
    set_busy(false);
  };
  return html`<section class="panel" aria-labelledby="password-title"><h2 id="password-title">${t("change_password")}</h2>
    <form class="form-row" onSubmit=${submit}>
      <input type="text" autocomplete="username" value=${who.value.user.name} readonly hidden />
      <div class="field"><label for="present">${t("present_password")}</label>
        <input id="present" name="present" type="password" autocomplete="current-password" required /></div>
      <div class="field"><label for="next">${t("new_password")}</label>
        <input id="next" name="next" type="password" autocomplete="new-password" minlength="8" required /></div>
      <button type="submit" disabled=${is_busy}>${t("change")}</button>
    </form></section>`;
}
