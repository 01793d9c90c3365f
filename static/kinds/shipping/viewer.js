// One label, large. The picture comes from the desk (no PDF is shown in the page: its policy has no frames),
// with the dots of a label printer; the address names the label, so that it can be opened again.

import { html, signal, useEffect, useRef } from "../../html.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { route, set_query } from "../../router.js";
import { label_url, picture_url } from "./api.js";
import { money, service_name, t } from "./words.js";

const broken = signal(null); // the number whose picture could not be had

const query_with = (label) => ({ ...Object.fromEntries(route.value.query), label });

/** Open the viewer on a tracking number, or close it with null. */
export const show_label = (number) => set_query(query_with(number));

function Step({ labels, number }) {
  const at = labels.findIndex(({ tracking_number }) => tracking_number === number);
  if (at < 0 || labels.length < 2) return null;
  const go = (to) => show_label(labels[to].tracking_number);
  return html`<div class="label-step">
    <${IconButton} icon="back" name=${t("label_before")} disabled=${at === 0} onClick=${() => go(at - 1)} />
    <span>${t("n_of_total", { n: at + 1, total: labels.length })}</span>
    <${IconButton} icon="back" kind="quiet next" name=${t("label_next")} disabled=${at === labels.length - 1} onClick=${() => go(at + 1)} />
  </div>`;
}

function About({ label }) {
  if (!label) return null;
  const { order_id, recipient_name, service, carrier, cost_cents } = label;
  const fact = (name, value) => value && html`<div><dt>${t(name)}</dt><dd><bdi>${value}</bdi></dd></div>`;
  return html`<dl>${fact("col_order", order_id)}${fact("col_to", recipient_name)}
    ${fact("col_how", service && service_name(service))}${fact("fact_carrier", carrier)}${fact("col_cost", money(cost_cents))}</dl>`;
}

/** The viewer; `labels` are the outputs of the rows that have one, for what is known of them and the way from one to the next. */
export function Viewer({ labels }) {
  const dialog = useRef(null);
  const number = route.value.query.get("label");
  useEffect(() => {
    if (number && !dialog.current.open) dialog.current.showModal();
    if (!number && dialog.current.open) dialog.current.close();
    if (!number) broken.value = null; // not for a new one: its picture may have failed before this runs
  }, [number]);
  const label = labels.find(({ tracking_number }) => tracking_number === number);
  const to = label?.recipient_name ?? "";
  return html`${number && html`<img class="paper-label" src=${picture_url(number)} alt="" />`}
    <dialog ref=${dialog} class="label-viewer" aria-labelledby="label-title" onClose=${() => number && show_label(null)}>
    ${number && html`<header><h2 id="label-title">${t("label_title")} <code>${number}</code></h2>
        <${IconButton} icon="close" name=${t("close")} onClick=${() => dialog.current.close()} /></header>
      <div class="label-body">
        ${broken.value === number
          ? html`<p class="verdict is-refused">${t("label_not_there")}</p>`
          : html`<img class="label-picture" key=${number} src=${picture_url(number)} width="812" height="1218"
              alt=${t("label_alt", { number, name: to })} onError=${() => (broken.value = number)} />`}
        <div class="label-side"><${About} label=${label} />
          ${broken.value !== number && html`<a class="button primary" href=${label_url(number)} download=${`${number}.pdf`}><${Icon} name="download" />${t("label_pdf")}</a>
            <button type="button" onClick=${() => print()}><${Icon} name="print" />${t("label_print")}</button>
            <small class="muted">${t("label_hint")}</small>`}
          <${Step} labels=${labels} number=${number} /></div>
      </div>`}
  </dialog>`;
}
