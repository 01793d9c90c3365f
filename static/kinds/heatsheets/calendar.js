// The calendar: which zone, which alarm, how long, and the file.

import { plural } from "../../format.js";
import { html, useId, useState } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { remember, remembered } from "../../remember.js";
import { calendar_href, is_datable } from "./order.js";

const ALARMS = { 5: "5 min", 10: "10 min", 15: "15 min", none: "No alarm" };
const zones = () => Intl.supportedValuesOf?.("timeZone") ?? [];

function Zone({ zone, set_zone }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>Time zone of the pool</label>
    <select id=${id} value=${zone} onChange=${({ target }) => set_zone(target.value)}>
      <option value="">As on the wall</option>
      ${zones().map((name) => html`<option value=${name}>${name.replaceAll("_", " ")}</option>`)}
    </select></div>`;
}

function Alarm({ alarm, set_alarm }) {
  return html`<fieldset class="field"><legend>Reminder before</legend><div class="segments">
    ${Object.entries(ALARMS).map(([value, label]) => html`<button type="button" class="segment" aria-pressed=${value === alarm}
      onClick=${() => set_alarm(value)}>${label}</button>`)}
  </div></fieldset>`;
}

function Length({ length, set_length }) {
  const id = useId();
  return html`<div class="field length"><label for=${id}>Length, min</label>
    <input id=${id} type="number" min="1" max="240" value=${length}
      onInput=${({ target }) => target.validity.valid && target.value && set_length(target.valueAsNumber)} /></div>`;
}

function Day({ day, set_day }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>Day, where the sheet says none</label>
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
    <h2 id="calendar-title">Take them along</h2>
    <div class="calendar-form">
      <${Zone} zone=${choices.zone} set_zone=${keep("zone")} />
      <${Alarm} alarm=${choices.alarm} set_alarm=${keep("alarm")} />
      <${Length} length=${choices.length} set_length=${keep("length")} />
      ${events.some((event) => !event.sessionDate) && html`<${Day} day=${day} set_day=${set_day} />`}
    </div>
    ${missing > 0 && html`<p class="muted">${plural(missing, "event")} without a day or a start time ${missing === 1 ? "is" : "are"} not in the calendar.</p>`}
    <div class="actions">
      ${datable > 0 && html`<a class="button primary" href=${calendar_href(url, { ...choices, day, keys })} download>
        <${Icon} name="calendar" />Calendar with ${plural(datable, "event")}</a>`}
      ${events.length > 0 && html`<a class="button" href=${csv} download><${Icon} name="download" />CSV</a>`}
      <button type="button" onClick=${() => print()}><${Icon} name="print" />Print</button>
    </div>
  </section>`;
}
