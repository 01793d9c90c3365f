// The swims of a swimmer, by session, each to be picked or left out.

import { html } from "../../html.js";
import { messages } from "../../messages.js";
import { day_words } from "./order.js";

const t = messages("heatsheets");

function Times({ event }) {
  const parts = [
    event.seedTime && t("seed", { time: event.seedTime }),
    event.finalTime && t("final", { time: event.finalTime }),
    event.place && t("place", { place: String(event.place) }),
    event.team,
  ];
  return html`<small>${parts.filter(Boolean).join(" · ")}</small>`;
}

function Where({ letter, word, value }) {
  if (value === null || value === undefined) return null;
  return html`<span class="where"><abbr title=${word}>${letter}</abbr>${value}</span>`;
}

function Swim({ event, is_picked, on_pick }) {
  const name = event.heatStartTime ? t("name_at", { name: event.eventName, time: event.heatStartTime }) : event.eventName;
  return html`<li class="swim ${is_picked ? "" : "left-out"}">
    ${on_pick && html`<input type="checkbox" checked=${is_picked} aria-label=${t("take", { name })} onChange=${on_pick} />`}
    <span class="swim-time">${event.heatStartTime ?? "–"}${event.heatStartTimeEstimated && html`<small>${t("estimated")}</small>`}</span>
    <span class="swim-where"><${Where} letter=${t("event_letter")} word=${t("event")} value=${event.eventNumber} />
      <${Where} letter=${t("heat_letter")} word=${t("heat")} value=${event.heatNumber} /><${Where} letter=${t("lane_letter")} word=${t("lane")} value=${event.lane} /></span>
    <span class="swim-name">${event.eventName}<${Times} event=${event} /></span>
  </li>`;
}

/** Sessions with their swims. `left_out` is a set of keys; `on_pick(key)` toggles one, null for no boxes. */
export function Sessions({ groups, left_out, on_pick }) {
  return groups.map(
    ({ key, day, meet, events }) => html`<section class="session" key=${key}>
      <h3>${day_words(day) ?? t("no_day")}${meet && html` <small class="muted">${meet}</small>`}</h3>
      <ul class="swims">${events.map((event, index) => html`<${Swim} key=${event.eventKey ?? index} event=${event}
        is_picked=${!left_out.has(event.eventKey)} on_pick=${on_pick && (() => on_pick(event.eventKey))} />`)}</ul>
    </section>`,
  );
}
