// Documents as items: told one by one while they are read; afterwards the result names every one of them.

import { html } from "../../html.js";
import { Items } from "../../parts/items.js";

/** The items of an ingestion job, unless its result shows them already. */
export function IngestionItems({ job, items }) {
  return job.status === "completed" ? null : html`<${Items} job=${job} items=${items} />`;
}
