// The top of every page: the name, whether the line moves, and whether the server is heard.

import * as actions from "../actions.js";
import { html, useRef } from "../html.js";
import { messages } from "../messages.js";
import { route } from "../router.js";
import { SCREENS, screen_at } from "../screens.js";
import { kinds, server, state } from "../store.js";
import { Icon } from "./icons.js";

function PauseDialog({ lane, dialog }) {
  const submit = (event) => {
    event.preventDefault();
    dialog.current.close();
    actions.pause(lane.name, new FormData(event.target).get("reason").trim());
  };
  return html`<dialog ref=${dialog} aria-labelledby="pause-title">
    <form onSubmit=${submit}>
      <h2 id="pause-title">Pause the line</h2>
      <p class="muted">What is running now finishes; nothing after it starts until you resume.</p>
      <label class="field">Reason, for others to read
        <input name="reason" maxlength="200" autocomplete="off" placeholder="Optional" />
      </label>
      <div class="actions">
        <button type="button" class="quiet" onClick=${() => dialog.current.close()}>Back</button>
        <button type="submit" class="primary">Pause</button>
      </div>
    </form>
  </dialog>`;
}

function Lane({ lane, is_only }) {
  const dialog = useRef(null);
  const name = is_only ? "" : ` ${lane.name}`;
  if (lane.paused) {
    return html`<div class="lane paused">
      <span class="lane-state">Paused${name}${lane.pause_reason ? `: ${lane.pause_reason}` : ""}</span>
      <button type="button" class="small primary" onClick=${() => actions.resume(lane.name)}>
        <${Icon} name="play" />Resume
      </button>
    </div>`;
  }
  return html`<div class="lane">
    <button type="button" class="small quiet" onClick=${() => dialog.current.showModal()}>
      <${Icon} name="pause" /><span>Pause<span class="wide-only">${is_only ? " the line" : name}</span></span>
    </button>
    <${PauseDialog} lane=${lane} dialog=${dialog} />
  </div>`;
}

const t = messages("shell");

function Menu() {
  const { path, id } = route.value;
  const here = screen_at(path, id);
  const is_there = (kind) => !kind || kinds.value.some((one) => one.name === kind && one.available !== false);
  const shown = Object.values(SCREENS).filter((screen) => screen.nav && is_there(screen.kind));
  if (shown.length < 2) return null;
  return html`<nav class="menu" aria-label=${t("menu")}>
    ${shown.map((screen) => html`<a key=${screen.path} href=${`#/${screen.path}`}
      aria-current=${screen === here ? "page" : null}>${t(screen.nav)}</a>`)}
  </nav>`;
}

/** The header; the dot is green while the stream is open. */
export function Header() {
  const lanes = Object.values(state.value.lanes);
  const { is_live } = server.value;
  return html`<header class="top-row">
    <a class="wordmark" href="#/"><img src="/static/favicon.svg" alt="" width="28" height="28" />Nowserving</a>
    <${Menu} />
    <div class="lanes">
      ${lanes.map((lane) => html`<${Lane} key=${lane.name} lane=${lane} is_only=${lanes.length === 1} />`)}
    </div>
    <span class="live ${is_live ? "is-live" : ""}" title=${is_live ? "Live: changes appear at once" : "Not connected"}>
      <span class="dot" aria-hidden="true"></span><span class="wide-only">${is_live ? "Live" : "Away"}</span>
    </span>
  </header>`;
}
