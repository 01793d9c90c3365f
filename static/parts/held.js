// A held job: what it wants to do, and the button that lets it. Kinds may bring their own preview.

import * as actions from "../actions.js";
import { html } from "../html.js";
import { confirms_itself, preview_for } from "../kinds/registry.js";

/** The preview and the way on. */
export function Held({ job }) {
  const preview = job.preview ?? {};
  const Preview = preview_for(job.kind);
  if (confirms_itself(job.kind)) return html`<${Preview} job=${job} />`;
  const body = preview.hash ? { hash: preview.hash } : {};
  return html`<section class="panel in-line" aria-labelledby="held-title">
    <div><h2 id="held-title">This job waits for you</h2>
      <p class="muted">It goes on, from the head of the line, when you confirm.</p>
      ${Preview ? html`<${Preview} job=${job} />` : html`<pre class="json">${JSON.stringify(preview, null, 2)}</pre>`}
      <button type="button" class="primary" onClick=${() => actions.confirm(job, body)}>Confirm</button>
    </div>
  </section>`;
}
