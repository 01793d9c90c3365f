// What the chosen books cost to read, at prices a person keeps here. No price is built in as a fact:
// they change too often, so the first ones are round examples.

import { html, useState } from "../../html.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { remember, remembered } from "../../remember.js";

const EXAMPLES = [
  { name: "Small model", per_million: 0.15 },
  { name: "Middle model", per_million: 3 },
  { name: "Large model", per_million: 15 },
];
const money = new Intl.NumberFormat(undefined, { style: "currency", currency: "USD", maximumFractionDigits: 4 });

/** What `tokens` cost in US dollars. */
export const cost = (tokens, per_million) => (tokens * per_million) / 1_000_000;

/** The table of prices and costs. */
export function Prices({ tokens }) {
  const [prices, set_prices] = useState(() => remembered("prices", EXAMPLES));
  const keep = (next) => {
    remember("prices", next);
    set_prices(next);
  };
  const edit = (index, changes) => keep(prices.map((price, at) => (at === index ? { ...price, ...changes } : price)));
  const row = ({ name, per_million }, index) => html`<tr key=${index}>
    <td><input type="text" value=${name} aria-label="Name of the model" onChange=${({ target }) => edit(index, { name: target.value })} /></td>
    <td class="number"><input type="number" min="0" step="any" inputmode="decimal" value=${per_million}
      aria-label=${`Dollars per million tokens, ${name}`}
      onInput=${({ target }) => target.valueAsNumber >= 0 && edit(index, { per_million: target.valueAsNumber })} /></td>
    <td class="number cost">${money.format(cost(tokens, per_million))}</td>
    <td><${IconButton} icon="close" name=${`Remove ${name}`} onClick=${() => keep(prices.filter((_, at) => at !== index))} /></td>
  </tr>`;
  return html`<div class="prices">
    <h3>What they cost to read once</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Prices"><table><thead><tr><th scope="col">Model</th><th scope="col" class="number">$ per 1M tokens</th>
      <th scope="col" class="number">Cost</th><td></td></tr></thead>
      <tbody>${prices.map(row)}</tbody></table></div>
    <p class="actions"><button type="button" class="small quiet" onClick=${() => keep([...prices, { name: "Model", per_million: 1 }])}>
      <${Icon} name="plus" />Add a price</button>
      <small class="muted">The first prices are examples; yours are kept in this browser.</small></p>
  </div>`;
}
