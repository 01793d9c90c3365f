// Every screen: its address, its view, and the word under which the menu names it. The order is the menu's.

import { lazy } from "./lazy.js";
import { Home } from "./screens/home.js";
import { Job } from "./screens/job.js";

/**
 * `path` is what follows `#/`; `has_id` when one more part names what is shown. `nav` is the key of the menu's word
 * (area `shell`); a screen without it is reached by links. `kind` hides the word until that kind is there.
 */
export const SCREENS = {
  home: { path: "", view: Home, nav: "nav_line" },
  job: { path: "jobs", has_id: true, view: Job },
  batch: { path: "batches", has_id: true, view: lazy(() => import("./screens/batch.js"), "Batch") },
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
  },
};

/** The screen at an address; an address that nobody knows shows the line. */
export function screen_at(path, id) {
  const found = Object.values(SCREENS).find((screen) => screen.path === path);
  return found && (!found.has_id || id) ? found : SCREENS.home;
}
