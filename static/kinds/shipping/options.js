// What else can be said of a command: service and country for rows without, the carrier, the sender, limits for buying without a look.

import * as draft from "../../draft.js";
import { html, useId } from "../../html.js";
import { options, set_option } from "./command.js";
import { service_name, t } from "./words.js";

const SENDER = ["name", "company", "street1", "street2", "city", "state", "postal", "country", "phone"];
const NEEDED = new Set(["name", "street1", "city", "state", "postal", "country"]);

const schema_of = (name) => draft.available.value.find((one) => one.name === "shipping")?.args.properties[name] ?? {};

function Choice({ name, label, say }) {
  const id = useId();
  const { enum: values = [], default: usual } = schema_of(name);
  return html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} value=${options.value[name] ?? usual} onChange=${({ target }) => set_option(name, target.value)}>
      ${values.map((value) => html`<option key=${value} value=${value} selected=${value === (options.value[name] ?? usual)}>${say(value)}</option>`)}
    </select></div>`;
}

function Country() {
  const id = useId();
  const set = ({ target }) => /^([A-Za-z]{2})?$/.test(target.value) && set_option("default_country", target.value.toUpperCase());
  return html`<div class="field"><label for=${id}>${t("option_country")}</label>
    <input id=${id} type="text" maxlength="2" autocomplete="off" placeholder="US" value=${options.value.default_country ?? ""} onChange=${set} /></div>`;
}

function with_member(name, member, value) {
  const next = { ...options.value[name], [member]: value };
  if (value === undefined || value === "") delete next[member];
  set_option(name, Object.keys(next).length ? next : undefined);
}

function Limit({ name, label, is_money }) {
  const id = useId();
  const value = options.value.auto_confirm?.[name];
  const set = ({ target }) => {
    const given = target.valueAsNumber;
    with_member("auto_confirm", name, Number.isNaN(given) || given < 0 ? undefined : Math.round(is_money ? given * 100 : given));
  };
  return html`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} type="number" inputmode="decimal" min="0" step=${is_money ? "0.01" : "1"} placeholder=${t("limit_none")}
      value=${value === undefined ? "" : is_money ? value / 100 : value} onChange=${set} /></div>`;
}

function SenderField({ name }) {
  const id = useId();
  const set = ({ target }) => with_member("ship_from", name, target.value.trim());
  return html`<div class="field"><label for=${id}>${t(`sender_${name}`)}${NEEDED.has(name) && html`<abbr title=${t("needed")}>*</abbr>`}</label>
    <input id=${id} type="text" autocomplete="off" maxlength=${name === "country" ? 2 : 200} value=${options.value.ship_from?.[name] ?? ""} onChange=${set} /></div>`;
}

/** The options, folded away. */
export function Options() {
  return html`<details class="options ship-options"><summary>${t("options_title")}</summary>
    <div class="option-grid">
      <${Choice} name="default_service" label=${t("option_service")} say=${service_name} />
      <${Country} />
      <${Choice} name="carrier" label=${t("option_carrier")} say=${(name) => t(`carrier_${name}`)} />
    </div>
    <fieldset><legend>${t("limits_title")}</legend><p class="muted">${t("limits_hint")}</p>
      <div class="option-grid"><${Limit} name="max_rows" label=${t("limit_rows")} />
        <${Limit} name="max_total_cents" label=${t("limit_total")} is_money /><${Limit} name="max_each_cents" label=${t("limit_each")} is_money /></div></fieldset>
    <fieldset><legend>${t("sender_title")}</legend><p class="muted">${t("sender_hint")}</p>
      <div class="option-grid">${SENDER.map((name) => html`<${SenderField} key=${name} name=${name} />`)}</div></fieldset>
  </details>`;
}
