// What a finished job leaves: how many labels for how much, and everything to take away.

import { html } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { merged_url, zip_url } from "./api.js";
import { money, t } from "./words.js";

function Download({ href, name, text, icon = "download" }) {
  return html`<a class="button" href=${href} download=${name}><${Icon} name=${icon} />${text}</a>`;
}

/** The result of a job; the counts are those of now, since a person may have decided rows afterwards. */
export function ShippingResult({ job }) {
  const { output, items } = job;
  if (!output) return null;
  const tracked = job.artifacts?.find(({ name }) => /-tracked\.\w+$/.test(name));
  const has_labels = items.completed > 0;
  return html`<section class="panel ship-result" aria-labelledby="result-title">
    <h2 id="result-title">${t("result_title", { n: items.completed, money: money(output.total_cost_cents) })}</h2>
    <p class="explained" lang="en">${output.explanation}</p>
    <div class="actions">
      ${has_labels && html`<${Download} href=${merged_url(job.id)} name=${`labels-${job.id}.pdf`} text=${t("get_merged")} icon="print" />
        <${Download} href=${zip_url(job.id)} name=${`labels-${job.id}.zip`} text=${t("get_zip")} />`}
      ${tracked && html`<${Download} href=${tracked.url} name=${tracked.name} text=${t("get_tracked")} />`}
      <a class="button quiet" href=${`#/shipping?again=${encodeURIComponent(job.id)}`}>${t("use_again")}</a>
    </div>
    ${(output.skipped > 0 || output.labels_missing > 0) && html`<p class="muted">
      ${[output.skipped > 0 && t("left_out", { n: output.skipped }), output.labels_missing > 0 && t("labels_missing", { n: output.labels_missing })].filter(Boolean).join(" · ")}</p>`}
  </section>`;
}
