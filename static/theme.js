// Light or dark: as the system has it, or as somebody chose. The colours themselves are in base.css.

import { signal } from "./html.js";
import { remember, remembered } from "./remember.js";

export const THEMES = ["auto", "light", "dark"];
const known = (name) => (THEMES.includes(name) ? name : "auto");
export const theme = signal(known(remembered("theme", "auto")));

/** Choose a theme and remember it; first.js sets it before the next first paint. */
export function set_theme(name) {
  theme.value = known(name);
  remember("theme", theme.value);
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}
