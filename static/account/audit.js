// What has happened to accounts, and who opened what: the newest entries of the audit log.

import * as api from "../api.js";
import { full_time } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { trouble } from "../parts/toasts.js";

const t = messages("login");
const END = 8;

// An id is as good as none to a reader: an account has a name, a session a page; of others the end tells them apart.
function About({ entry: { action, about }, names }) {
  if (names[about]) return html`<small class="muted">${names[about]}</small>`;
  const short = `…${about.slice(-END)}`;
  return action.startsWith("session.")
    ? html`<small><a href=${`#/sessions/${about}`} title=${about}>${short}</a></small>`
    : html`<small class="muted" title=${about}>${short}</small>`;
}

/** The newest entries; who one is about is said by name. */
export function Audit() {
  const [names, set_names] = useState({});
  const [page, set_page] = useState({ entries: [], next_cursor: null });
  const load = (cursor = null) =>
    api.get_json(`/api/v1/audit?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`).then(
      (next) => set_page((before) => ({ ...next, entries: cursor ? [...before.entries, ...next.entries] : next.entries })),
      trouble,
    );
  useEffect(() => {
    load();
    api.get_json("/api/v1/users").then(({ users }) => set_names(Object.fromEntries(users.map(({ id, name }) => [id, name]))), trouble);
  }, []);
  return html`<section class="panel" aria-labelledby="audit-title"><h2 id="audit-title">${t("audit")}</h2>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="audit-title"><table><thead><tr><th scope="col">${t("at")}</th><th scope="col">${t("name")}</th>
      <th scope="col">${t("what")}</th><th scope="col">${t("from")}</th></tr></thead>
      <tbody>${page.entries.map((one) => html`<tr key=${one.number}><td>${full_time(one.at)}</td><td>${one.actor_name ?? "–"}</td>
        <td><code>${one.action}</code> ${one.about && html`<${About} entry=${one} names=${names} />`}</td><td>${one.address ?? "–"}</td></tr>`)}</tbody></table></div>
    ${page.next_cursor && html`<button type="button" class="quiet" onClick=${() => load(page.next_cursor)}>${t("older")}</button>`}
  </section>`;
}
