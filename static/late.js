// What the first sight of the page can do without: keys, title and icon of the tab, notifications, dialogs, drops.

import { dialog } from "./dialogs.js";
import { take_early } from "./early.js";
import { html } from "./html.js";
import { listen_to_keys, on_key } from "./keys.js";
import { lazy } from "./lazy.js";
import { tell_milestones } from "./milestones.js";
import { watch_visibility } from "./notify.js";
import { DropAnywhere } from "./parts/drop.js";
import { keep_title } from "./parts/page_title.js";

const HABITS = { style: "habits.css", messages: "habits" };
const DIALOGS = {
  palette: lazy(() => import("./parts/palette.js"), "Palette", HABITS),
  help: lazy(() => import("./parts/shortcuts_help.js"), "ShortcutsHelp", HABITS),
};

listen_to_keys();
const early = take_early();
for (const event of early) if (event.type === "keydown") on_key(event, true);
const is_dragged = early.some(({ type }) => type === "dragenter");
watch_visibility();
tell_milestones();
keep_title();

/** What lies over the page; `is_open` says whether the desk may be used. */
export function Late({ is_open }) {
  const View = DIALOGS[dialog.value];
  return html`${is_open && html`<${DropAnywhere} is_dragged=${is_dragged} />`}${View && html`<${View} key=${dialog.value} />`}`;
}
