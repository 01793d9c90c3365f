// A form made from the JSON Schema of a kind's args; fetched when the first is shown.

import { lazy } from "../lazy.js";

/** The fields of a schema; `errors` are {pointer, detail} of the server, `on_change(name, value)` hears edits. */
export const ArgsForm = lazy(() => import("./args_fields.js"), "ArgsFields", { style: "form.css", messages: "form" });
