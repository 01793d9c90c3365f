// On a job's page: where its session is.

import { html } from "../../html.js";
import { messages } from "../../messages.js";
import { session_href } from "./upload.js";

const t = messages("sessions");

export function SessionResult({ job }) {
  return html`<section class="panel"><h2>${t("transcript")}</h2><p class="muted">${t("result_detail")}</p>
    <p class="actions"><a class="button primary" href=${session_href(job.id)}>${t("open_session")}</a></p></section>`;
}
