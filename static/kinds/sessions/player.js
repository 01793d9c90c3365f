// The player: the browser's own controls, ten seconds back and forth, speed, and whether the words follow.

import { html, useEffect, useRef } from "../../html.js";
import { messages } from "../../messages.js";
import { remember, remembered } from "../../remember.js";
import { attach, follows, is_playing, position, set_speed, step } from "./playing.js";

const t = messages("sessions");
const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const STEP_SECONDS = 10;

export function Player({ audio }) {
  const element = useRef(null);
  const speed = remembered("sessions/speed", 1);
  useEffect(() => {
    attach(element.current);
    set_speed(speed);
    return () => attach(null);
  }, [audio.url]);
  const choose = ({ target }) => {
    remember("sessions/speed", Number(target.value));
    set_speed(Number(target.value));
  };
  return html`<section class="player" aria-label=${t("player")}>
    <audio ref=${element} controls preload="metadata" src=${audio.url} aria-label=${t("recording")}
      onTimeUpdate=${({ target }) => (position.value = target.currentTime)}
      onPlay=${() => (is_playing.value = true)} onPause=${() => (is_playing.value = false)}></audio>
    <div class="player-more">
      <button type="button" class="small quiet" onClick=${() => step(-STEP_SECONDS)}>${t("back_seconds", { n: STEP_SECONDS })}</button>
      <button type="button" class="small quiet" onClick=${() => step(STEP_SECONDS)}>${t("on_seconds", { n: STEP_SECONDS })}</button>
      <label class="speed">${t("speed")}
        <select onChange=${choose}>${SPEEDS.map((rate) => html`<option value=${rate} selected=${rate === speed}>${rate}×</option>`)}</select>
      </label>
      <label class="check"><input type="checkbox" checked=${follows.value}
        onChange=${({ target }) => (follows.value = target.checked)} />${t("follow")}</label>
    </div>
  </section>`;
}
