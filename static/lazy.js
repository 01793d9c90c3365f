// Views that are fetched when the first of them is shown, so that the first load stays small.

import { html, useEffect, useState } from "./html.js";

/** Return a component that loads its module when it is shown; `name` is what the module exports. */
export function lazy(load, name) {
  return function Lazy(props) {
    const [loaded, set_loaded] = useState(null);
    useEffect(() => {
      load().then((module) => set_loaded({ View: module[name] }));
    }, []);
    return loaded && html`<${loaded.View} ...${props} />`;
  };
}
