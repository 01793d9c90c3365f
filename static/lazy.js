// Views that are fetched when the first of them is shown, so that the first load stays small.

import { html, useEffect, useState } from "./html.js";
import { load_messages } from "./messages.js";

const AGAIN_MS = 1_000;
const sheets = new Map();

/** Add a style sheet of static/styles/ to the page, once; resolves when it applies (or cannot be had). */
export function load_style(file) {
  if (!sheets.has(file)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = `/static/styles/${file}`;
    const loaded = new Promise((resolve) => {
      link.onload = link.onerror = resolve;
    });
    document.head.append(link);
    sheets.set(file, loaded);
  }
  return sheets.get(file);
}

/**
 * Return a component that loads its module when it is shown; `name` is what the module exports. With it come the
 * style sheet (or sheets) and the messages (an area, or a list of areas) that it names, so that it is never seen without them.
 */
export function lazy(load, name, { style, messages } = {}) {
  return function Lazy(props) {
    const [loaded, set_loaded] = useState(null);
    useEffect(() => {
      let is_shown = true;
      const areas = [messages ?? []].flat();
      let timer = null;
      const fetch_all = () =>
        Promise.all([load(), ...[style ?? []].flat().map(load_style), ...areas.map(load_messages)]).then(
          ([module]) => is_shown && set_loaded({ View: module[name] }),
          () => {
            if (is_shown) timer = setTimeout(fetch_all, AGAIN_MS); // the server is away
          },
        );
      fetch_all();
      return () => {
        is_shown = false;
        clearTimeout(timer);
      };
    }, []);
    return loaded ? html`<${loaded.View} ...${props} />` : html`<span hidden aria-busy="true"></span>`;
  };
}
