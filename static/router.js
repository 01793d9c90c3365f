// Deep links in the hash, so that any static server can serve them: #/, #/jobs/ID and #/batches/ID.

import { signal } from "./html.js";

/** Turn a location hash into {screen, id}. */
export function parse(hash) {
  const [, first, id] = hash.replace(/^#/, "").split("/");
  if (first === "jobs" && id) return { screen: "job", id: decodeURIComponent(id) };
  if (first === "batches" && id) return { screen: "batch", id: decodeURIComponent(id) };
  return { screen: "home", id: null };
}

export const route = signal(parse(location.hash));
export const job_href = (id) => `#/jobs/${encodeURIComponent(id)}`;
export const batch_href = (id) => `#/batches/${encodeURIComponent(id)}`;
export const go = (hash) => {
  location.hash = hash;
};

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
  scrollTo(0, 0);
});
