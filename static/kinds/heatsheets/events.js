// The swims of a swimmer, by session, each to be picked or left out.

import { html } from "../../html.js";
import { day_words } from "./order.js";

function Times({ event }) {
  const parts = [
    event.seedTime && `Seed ${event.seedTime}`,
    event.finalTime && `Final ${event.finalTime}`,
    event.place && `Place ${event.place}`,
    event.team,
  ];
  return html`<small>${parts.filter(Boolean).join(" · ")}</small>`;
}

function Where({ letter, word, value }) {
  if (value === null || value === undefined) return null;
  return html`<span class="where"><abbr title=${word}>${letter}</abbr>${value}</span>`;
}

function Swim({ event, is_picked, on_pick }) {
  const name = `${event.eventName}${event.heatStartTime ? ` at ${event.heatStartTime}` : ""}`;
  return html`<li class="swim ${is_picked ? "" : "left-out"}">
    ${on_pick && html`<input type="checkbox" checked=${is_picked} aria-label=${`Take ${name}`} onChange=${on_pick} />`}
    <span class="swim-time">${event.heatStartTime ?? "–"}${event.heatStartTimeEstimated && html`<small>estimated</small>`}</span>
    <span class="swim-where"><${Where} letter="E" word="Event" value=${event.eventNumber} />
      <${Where} letter="H" word="Heat" value=${event.heatNumber} /><${Where} letter="L" word="Lane" value=${event.lane} /></span>
    <span class="swim-name">${event.eventName}<${Times} event=${event} /></span>
  </li>`;
}

/** Sessions with their swims. `left_out` is a set of keys; `on_pick(key)` toggles one, null for no boxes. */
export function Sessions({ groups, left_out, on_pick }) {
  return groups.map(
    ({ key, day, meet, events }) => html`<section class="session" key=${key}>
      <h3>${day_words(day) ?? "Day not said"}${meet && html` <small class="muted">${meet}</small>`}</h3>
      <ul class="swims">${events.map((event, index) => html`<${Swim} key=${event.eventKey ?? index} event=${event}
        is_picked=${!left_out.has(event.eventKey)} on_pick=${on_pick && (() => on_pick(event.eventKey))} />`)}</ul>
    </section>`,
  );
}
