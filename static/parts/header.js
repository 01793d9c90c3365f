// The top of every page: the name, the way to the screens, whether the line moves, and whether the server is heard.

import * as actions from "../actions.js";
import { html, useRef, useState } from "../html.js";
import { lazy } from "../lazy.js";
import { messages, sentence_words } from "../messages.js";
import { route } from "../router.js";
import { menu_screens, screen_at } from "../screens.js";
import { kinds, server, state } from "../store.js";
import { is_admin, needs_login, who } from "../who.js";
import { Icon } from "./icons.js";

const t = messages("shell");
const HABITS = { style: "habits.css", messages: "habits" };
const Choices = lazy(() => import("./choices.js"), "Choices", HABITS);

function PauseDialog({ lane, dialog }) {
  const submit = (event) => {
    event.preventDefault();
    dialog.current.close();
    actions.pause(lane.name, new FormData(event.target).get("reason").trim());
  };
  return html`<dialog ref=${dialog} aria-labelledby="pause-title">
    <form onSubmit=${submit}>
      <h2 id="pause-title">${t("pause_line")}</h2>
      <p class="muted">${t("pause_means")}</p>
      <label class="field">${t("pause_reason")}
        <input name="reason" maxlength="200" autocomplete="off" placeholder=${t("optional")} />
      </label>
      <div class="actions">
        <button type="button" class="quiet" onClick=${() => dialog.current.close()}>${t("back")}</button>
        <button type="submit" class="primary">${t("pause")}</button>
      </div>
    </form>
  </dialog>`;
}

function Lane({ lane, is_only }) {
  const dialog = useRef(null);
  const { name, pause_reason: reason } = lane;
  if (lane.paused) {
    const alone = reason ? "paused_because" : "paused";
    const named = reason ? "lane_paused_because" : "lane_paused";
    return html`<div class="lane paused">
      <span class="lane-state">${t(is_only ? alone : named, { lane: name, reason: sentence_words(reason) })}</span>
      ${is_admin.value && html`<button type="button" class="small primary" onClick=${() => actions.resume(lane.name)}>
        <${Icon} name="play" />${t("resume")}
      </button>`}
    </div>`;
  }
  if (!is_admin.value) return null; // only an admin may pause what everybody waits for
  const words = is_only ? t("pause_line") : t("pause_lane", { lane: name });
  return html`<div class="lane">
    <button type="button" class="small quiet" aria-label=${words} title=${words} onClick=${() => dialog.current.showModal()}>
      <${Icon} name="pause" /><span class="roomy-only">${is_only ? t("pause") : name}</span>
    </button>
    <${PauseDialog} lane=${lane} dialog=${dialog} />
  </div>`;
}

function Menu() {
  const { path, id } = route.value;
  const here = screen_at(path, id);
  const shown = menu_screens(kinds.value);
  if (shown.length < 2) return null;
  const close = ({ currentTarget }) => currentTarget.closest("nav").matches(":popover-open") && currentTarget.closest("nav").hidePopover();
  return html`<button type="button" class="icon-button quiet menu-button" popovertarget="menu" aria-label=${t("menu")} title=${t("menu")}>
      <${Icon} name="menu" /></button>
    <nav id="menu" class="menu" popover aria-label=${t("menu")}>
      ${shown.map((screen) => html`<a key=${screen.path} href=${`#/${screen.path}`} onClick=${close}
        aria-current=${screen.path === here.path ? "page" : null}>${t(screen.nav)}</a>`)}
    </nav>`;
}

function ChoicesMenu() {
  const [is_open, set_open] = useState(false);
  const popover = useRef(null);
  return html`<button type="button" class="icon-button quiet" popovertarget="choices" aria-label=${t("choices")} title=${t("choices")}>
      <${Icon} name="sliders" /></button>
    <div id="choices" ref=${popover} class="pop" popover role="dialog" aria-label=${t("choices")}
      onToggle=${({ newState }) => set_open(newState === "open")}>
      ${is_open && html`<${Choices} on_leave=${() => popover.current.hidePopover()} />`}
    </div>`;
}

function Account() {
  const { accounts, user } = who.value;
  if (!accounts || !user) return null;
  return html`<a class="button small quiet" href="#/account" aria-label=${t("account_of", { name: user.name })}>
    <${Icon} name="person" /><span class="roomy-only">${user.name}</span></a>`;
}

/** The header; the dot is green while the stream is open. */
export function Header() {
  const lanes = Object.values(state.value.lanes);
  const { is_live } = server.value;
  return html`<header class="top-row">
    <a class="wordmark" href="#/"><img src="/static/favicon.svg" alt="" width="28" height="28" />Nowserving</a>
    ${!needs_login.value && html`<${Menu} />`}
    <div class="lanes">
      ${!needs_login.value && lanes.map((lane) => html`<${Lane} key=${lane.name} lane=${lane} is_only=${lanes.length === 1} />`)}
    </div>
    <${Account} />
    <${ChoicesMenu} />
    ${!needs_login.value && html`<span class="live ${is_live ? "is-live" : ""}" title=${is_live ? t("live_means") : t("not_connected")}>
      <span class="dot" aria-hidden="true"></span><span class="roomy-only">${is_live ? t("live") : t("away")}</span>
    </span>`}
  </header>`;
}
