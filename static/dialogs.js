// Which dialog is open over the page. The dialogs themselves are fetched when they are asked for.

import { signal } from "./html.js";

export const dialog = signal(null); // "palette", "help" or null

let typed = "";

/** Keep a letter that is typed before the palette is there; its field begins with them. */
export const type_ahead = (letter) => (typed += letter);

/** Return what was typed ahead, once. */
export function take_typed() {
  const all = typed;
  typed = "";
  return all;
}
