// One's own account: password and API tokens; for admins everybody's, and what has happened.

import { html } from "../html.js";
import { Audit } from "../account/audit.js";
import { Password } from "../account/password.js";
import { Tokens } from "../account/tokens.js";
import { Users } from "../account/users.js";
import { messages } from "../messages.js";
import { trouble } from "../parts/toasts.js";
import { is_admin, logout, who } from "../who.js";

const t = messages("login");

/** The screen at #/account. */
export function Account() {
  const { accounts, user } = who.value;
  if (!accounts) {
    return html`<div class="account"><h1>${t("account")}</h1><section class="panel"><p>${t("accounts_off")}</p></section></div>`;
  }
  return html`<div class="account">
    <header class="job-header"><div><h1>${user.name}</h1><p class="muted">${t(`role_${user.role}`)}</p></div>
      <div class="actions"><button type="button" onClick=${() => logout().catch(trouble)}>${t("sign_out")}</button></div></header>
    ${is_admin.value && html`<${Users} />`}
    <${Tokens} /><${Password} />
    ${is_admin.value && html`<${Audit} />`}
  </div>`;
}
