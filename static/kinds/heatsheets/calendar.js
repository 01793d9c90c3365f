// The calendar: which zone, which alarm, how long, and the file.

import { html, useId, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon } from "../../parts/icons.js";
import { remember, remembered } from "../../remember.js";
import { calendar_href, is_datable } from "./order.js";

const t = messages("heatsheets");
const ALARMS = ["5", "10", "15", "none"]; // minutes before
const zones = () => Intl.supportedValuesOf?.("timeZone") ?? [];

function Zone({ zone, set_zone }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${t("zone")}</label>
    <select id=${id} value=${zone} onChange=${({ target }) => set_zone(target.value)}>
      <option value="">${t("zone_floating")}</option>
      ${zones().map((name) => html`<option value=${name}>${name.replaceAll("_", " ")}</option>`)}
    </select></div>`;
}

function Alarm({ alarm, set_alarm }) {
  return html`<fieldset class="field"><legend>${t("alarm")}</legend><div class="segments">
    ${ALARMS.map((value) => html`<button type="button" class="segment" aria-pressed=${value === alarm}
      onClick=${() => set_alarm(value)}>${value === "none" ? t("alarm_none") : `${value} min`}</button>`)}
  </div></fieldset>`;
}

function Length({ length, set_length }) {
  const id = useId();
  return html`<div class="field length"><label for=${id}>${t("length")}</label>
    <input id=${id} type="number" min="1" max="240" value=${length}
      onInput=${({ target }) => target.validity.valid && target.value && set_length(target.valueAsNumber)} /></div>`;
}

function Day({ day, set_day }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${t("day")}</label>
    <input id=${id} type="date" value=${day} onInput=${({ target }) => set_day(target.value)} /></div>`;
}

/** The panel; `events` are those that were picked, `keys` theirs, or null for all. */
export function Calendar({ url, csv_url, events, keys }) {
  const [choices, set_choices] = useState(() => remembered("heatsheets/calendar", { zone: "", alarm: "10", length: 10 }));
  const [day, set_day] = useState("");
  const keep = (name) => (value) => {
    const next = { ...choices, [name]: value };
    set_choices(next);
    remember("heatsheets/calendar", next);
  };
  const datable = events.filter((event) => is_datable(event, day)).length;
  const missing = events.length - datable;
  const csv = keys ? `${csv_url}?events=${keys.join(",")}` : csv_url;
  return html`<section class="panel calendar" aria-labelledby="calendar-title">
    <h2 id="calendar-title">${t("take_along")}</h2>
    <div class="calendar-form">
      <${Zone} zone=${choices.zone} set_zone=${keep("zone")} />
      <${Alarm} alarm=${choices.alarm} set_alarm=${keep("alarm")} />
      <${Length} length=${choices.length} set_length=${keep("length")} />
      ${events.some((event) => !event.sessionDate) && html`<${Day} day=${day} set_day=${set_day} />`}
    </div>
    ${missing > 0 && html`<p class="muted">${t("not_in_calendar", { n: missing })}</p>`}
    <div class="actions">
      ${datable > 0 && html`<a class="button primary" href=${calendar_href(url, { ...choices, day, keys })} download>
        <${Icon} name="calendar" />${t("calendar_with", { n: datable })}</a>`}
      ${events.length > 0 && html`<a class="button" href=${csv} download><${Icon} name="download" />${t("csv")}</a>`}
      <button type="button" onClick=${() => print()}><${Icon} name="print" />${t("print")}</button>
    </div>
  </section>`;
}
