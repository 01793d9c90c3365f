// Deep links in the hash, so that any static server can serve them: #/, #/jobs/ID, #/history?q=moby.

import { signal } from "./html.js";

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign, typed by hand
  }
}

/** Turn a location hash into {path, id, query}: what follows `#/`, the part after it, and its URLSearchParams. */
export function parse(hash) {
  const [address, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [path = "", id = null] = address.split("/");
  return { path, id: id ? decoded(id) : null, query: new URLSearchParams(query) };
}

export const route = signal(parse(location.hash));
export const job_href = (id) => `#/jobs/${encodeURIComponent(id)}`;
export const batch_href = (id) => `#/batches/${encodeURIComponent(id)}`;
export const go = (hash) => {
  location.hash = hash;
};

/** Write the query of the present screen into its address; no new entry in the history, no jump to the top. */
export function set_query(params) {
  const { path, id } = route.value;
  const kept = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value != null));
  const query = kept.toString();
  const address = [path, id && encodeURIComponent(id)].filter(Boolean).join("/");
  history.replaceState(history.state, "", `#/${address}${query ? `?${query}` : ""}`);
  route.value = parse(location.hash);
}

addEventListener("hashchange", () => {
  const before = route.value;
  route.value = parse(location.hash);
  if (route.value.path !== before.path || route.value.id !== before.id) scrollTo(0, 0);
});
