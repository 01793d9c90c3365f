// The one recording that is played on the page: where it is, and how other parts make it go somewhere.

import { signal } from "../../html.js";

export const position = signal(0); // seconds
export const is_playing = signal(false);
export const follows = signal(true); // whether the transcript scrolls along
export const pointed = signal(null); // id of the segment that somebody asked to see

let element = null;

/** Name the audio element that is on the page now; null when it goes. */
export function attach(audio) {
  element = audio;
  position.value = 0;
  is_playing.value = false;
}

/** Go to a time and play; without a recording nothing happens. */
export function play_from(seconds) {
  if (!element) return;
  element.currentTime = seconds;
  position.value = seconds;
  element.play().catch(() => {}); // the browser may want a click first: the place is kept
}

export function step(seconds) {
  if (element) element.currentTime = Math.max(0, element.currentTime + seconds);
}

export function set_speed(rate) {
  if (element) element.playbackRate = rate;
}

/** Show a segment, and play from there when there is a recording. */
export function show_segment(id, seconds) {
  pointed.value = null;
  pointed.value = id;
  play_from(seconds);
}
