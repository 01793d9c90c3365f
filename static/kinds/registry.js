// Which kinds bring views of their own. A kind without one gets the plain result, and loses nothing else.
// Views are fetched when the first of them is shown.

import { html, useEffect, useState } from "../html.js";
import { epub_item_note } from "./epub/note.js";

function lazy(load, name) {
  return function Lazy(props) {
    const [loaded, set_loaded] = useState(null);
    useEffect(() => {
      load().then((module) => set_loaded({ View: module[name] }));
    }, []);
    return loaded && html`<${loaded.View} ...${props} />`;
  };
}

const VIEWS = {
  epub: { result: lazy(() => import("./epub.js"), "EpubResults"), item_note: epub_item_note },
};

/** The component that shows the result of a kind's job, given `job`; null for the plain one. */
export const view_for = (kind) => VIEWS[kind]?.result ?? null;

/** The component that shows what a held job wants to do, given `job`; null for the plain one. */
export const preview_for = (kind) => VIEWS[kind]?.preview ?? null;

/** The function that says in a few words what came of an item; null for the plain one. */
export const item_note_for = (kind) => VIEWS[kind]?.item_note ?? null;
