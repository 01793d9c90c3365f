// A held job: what it wants to do, and the button that lets it. Kinds may bring their own preview.

import * as actions from "../actions.js";
import { html } from "../html.js";
import { confirms_itself, preview_for } from "../kinds/registry.js";
import { messages } from "../messages.js";

const t = messages("job");

/** The preview and the way on. */
export function Held({ job }) {
  const preview = job.preview ?? {};
  const Preview = preview_for(job.kind);
  if (confirms_itself(job.kind)) return html`<${Preview} job=${job} />`;
  const body = preview.hash ? { hash: preview.hash } : {};
  return html`<section class="panel in-line" aria-labelledby="held-title">
    <div><h2 id="held-title">${t("held_title")}</h2>
      <p class="muted">${t("held_hint")}</p>
      ${Preview ? html`<${Preview} job=${job} />` : html`<pre class="json">${JSON.stringify(preview, null, 2)}</pre>`}
      <button type="button" class="primary" onClick=${() => actions.confirm(job, body)}>${t("confirm")}</button>
    </div>
  </section>`;
}
