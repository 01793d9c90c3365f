// Sign in. Shown in place of every screen while nobody is; the address stays, so that one arrives where one meant to.

import { html, useEffect, useRef, useState } from "../html.js";
import { messages } from "../messages.js";
import { Icon } from "../parts/icons.js";
import { login } from "../who.js";

const t = messages("login");

export function Login() {
  const [is_busy, set_busy] = useState(false);
  const [problem, set_problem] = useState(null);
  const name = useRef(null);
  useEffect(() => name.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    set_busy(true);
    set_problem(null);
    try {
      await login(fields.get("username"), fields.get("password"));
    } catch (refused) {
      set_problem(refused);
      set_busy(false);
      name.current.focus();
      name.current.select();
    }
  };
  const said = problem && (problem.code === "wrong_credentials" ? t("wrong") : problem.message);
  return html`<form class="panel login" onSubmit=${submit} aria-labelledby="login-title">
    <img src="/static/favicon.svg" alt="" width="44" height="44" />
    <h1 id="login-title">${t("title")}</h1>
    <p class="muted">${t("why")}</p>
    ${said && html`<p class="login-problem" role="alert"><${Icon} name="alert" />${said}</p>`}
    <div class="field"><label for="username">${t("name")}</label>
      <input ref=${name} id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required /></div>
    <div class="field"><label for="password">${t("password")}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required /></div>
    <button type="submit" class="primary wide" disabled=${is_busy}>${t("sign_in")}</button>
  </form>`;
}
