// Every screen: its address, its view, and the word under which the menu names it. The order is the menu's.

import { lazy } from "./lazy.js";
import { Home } from "./screens/home.js";

/**
 * `path` is what follows `#/`; `has_id` when one more part names what is shown. `nav` is the key of the menu's word
 * (area `shell`); a screen without it is reached by links. `kind` hides the word until that kind is there. `key` is the letter
 * that goes there after `g`; without one it is the first free letter of the path. A screen that `takes_files` keeps what
 * is dropped on it; else it is for the form on the line.
 */
export const SCREENS = {
  home: { path: "", view: Home, nav: "nav_line", key: "l" },
  history: {
    path: "history",
    view: lazy(() => import("./screens/history.js"), "History", { style: "history.css", messages: "history" }),
    nav: "nav_history",
  },
  job: { path: "jobs", has_id: true, view: lazy(() => import("./screens/job.js"), "Job", { style: "job.css", messages: ["parts", "job"] }) },
  batch: { path: "batches", has_id: true, view: lazy(() => import("./screens/batch.js"), "Batch", { style: "job.css", messages: ["parts", "job"] }) },
  library: {
    path: "library",
    view: lazy(() => import("./screens/library.js"), "Library", { style: "ingestion.css", messages: "ingestion" }),
    nav: "nav_library",
    kind: "ingestion",
  },
  shipping: {
    path: "shipping",
    view: lazy(() => import("./screens/shipping.js"), "Shipping", { style: "shipping.css", messages: "shipping" }),
    nav: "nav_shipping",
    kind: "shipping",
    takes_files: true,
  },
  sessions: {
    path: "sessions",
    view: lazy(() => import("./screens/sessions.js"), "Sessions", { style: ["job.css", "sessions.css"], messages: "sessions" }),
    nav: "nav_sessions",
    kind: "sessions",
  },
  account: { path: "account", view: lazy(() => import("./screens/account.js"), "Account", { style: ["job.css", "login.css"], messages: "login" }) },
  stats: {
    path: "stats",
    view: lazy(() => import("./screens/stats.js"), "Stats", { style: "stats.css", messages: "stats" }),
    nav: "nav_stats",
  },
  settings: {
    path: "settings",
    view: lazy(() => import("./screens/settings.js"), "Settings", { style: "settings.css", messages: ["settings", "habits"] }),
    nav: "nav_settings",
  },
};

/** The screen at an address; an address that nobody knows shows the line. */
export function screen_at(path, id) {
  const found = Object.values(SCREENS).find((screen) => screen.path === path);
  return found && (!found.has_id || id) ? found : SCREENS.home;
}

function free_letter({ path }, taken) {
  return [...path].find((letter) => /[a-z]/.test(letter) && !taken.has(letter));
}

/** The screens of the menu that are there, each with its `key`; `kinds` are those of the desk. */
export function menu_screens(kinds) {
  const is_there = (kind) => !kind || kinds.some((one) => one.name === kind && one.available !== false);
  const named = Object.values(SCREENS).filter((screen) => screen.nav);
  const taken = new Set(named.map(({ key }) => key));
  const keyed = named.map((screen) => {
    const key = screen.key ?? free_letter(screen, taken);
    taken.add(key);
    return { ...screen, key };
  });
  return keyed.filter((screen) => is_there(screen.kind));
}
