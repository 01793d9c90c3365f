// Tokens for scripts: made here, shown once, taken back here.

import * as api from "../api.js";
import { full_time } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { IconButton } from "../parts/icons.js";
import { trouble } from "../parts/toasts.js";

const t = messages("login");
const PATH = "/api/v1/auth/tokens";

function Made({ token, close }) {
  return html`<div class="secret" role="status"><p>${t("token_once")}</p><code>${token}</code>
    <p><button type="button" class="small" onClick=${close}>${t("have_it")}</button></p></div>`;
}

function Row({ one, take_back }) {
  return html`<tr><th scope="row">${one.name}</th><td><code>${one.prefix}…</code></td>
    <td>${one.expires_at ? full_time(one.expires_at) : t("never")}</td>
    <td class="row-end"><${IconButton} icon="trash" name=${t("take_back", { name: one.name })} onClick=${() => take_back(one)} /></td></tr>`;
}

export function Tokens() {
  const [tokens, set_tokens] = useState([]);
  const [made, set_made] = useState(null);
  const load = () => api.get_json(PATH).then((answer) => set_tokens(answer.tokens), trouble);
  useEffect(() => {
    load();
  }, []);
  const make = async (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = new FormData(form);
    const days = fields.get("days") ? Number(fields.get("days")) : null;
    try {
      const answer = await api.post_json(PATH, { name: fields.get("name"), expires_in_days: days });
      set_made(answer.token);
      form.reset();
      await load();
    } catch (problem) {
      trouble(problem);
    }
  };
  const take_back = (one) => api.send_json("DELETE", `${PATH}/${one.id}`).then(load, trouble);
  return html`<section class="panel" aria-labelledby="tokens-title"><h2 id="tokens-title">${t("tokens")}</h2>
    <p class="muted">${t("tokens_detail")}</p>
    ${made && html`<${Made} token=${made} close=${() => set_made(null)} />`}
    ${tokens.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-labelledby="tokens-title"><table><thead><tr>
      <th scope="col">${t("token_name")}</th><th scope="col">${t("begins_with")}</th><th scope="col">${t("expires")}</th><th><span class="visually-hidden">${t("actions")}</span></th></tr></thead>
      <tbody>${tokens.map((one) => html`<${Row} key=${one.id} one=${one} take_back=${take_back} />`)}</tbody></table></div>`}
    <form class="form-row" onSubmit=${make}>
      <div class="field"><label for="token-name">${t("token_name")}</label><input id="token-name" name="name" maxlength="100" autocomplete="off" required /></div>
      <div class="field"><label for="token-days">${t("days")}</label><input id="token-days" name="days" type="number" min="1" max="3650" placeholder=${t("never")} /></div>
      <button type="submit">${t("make_token")}</button>
    </form></section>`;
}
