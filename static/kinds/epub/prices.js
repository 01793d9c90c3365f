// What the chosen books cost to read, at prices a person keeps here. No price is built in as a fact:
// they change too often, so the first ones are round examples.

import { money } from "../../format.js";
import { html, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { remember, remembered } from "../../remember.js";

const t = messages("epub");
const examples = () => [
  { name: t("small_model"), per_million: 0.15 },
  { name: t("middle_model"), per_million: 3 },
  { name: t("large_model"), per_million: 15 },
];

/** What `tokens` cost in US dollars. */
export const cost = (tokens, per_million) => (tokens * per_million) / 1_000_000;

/** The table of prices and costs. */
export function Prices({ tokens }) {
  const [prices, set_prices] = useState(() => remembered("prices", null) ?? examples());
  const keep = (next) => {
    remember("prices", next);
    set_prices(next);
  };
  const edit = (index, changes) => keep(prices.map((price, at) => (at === index ? { ...price, ...changes } : price)));
  const row = ({ name, per_million }, index) => html`<tr key=${index}>
    <td><input type="text" value=${name} aria-label=${t("model_name")} onChange=${({ target }) => edit(index, { name: target.value })} /></td>
    <td class="number"><input type="number" min="0" step="any" inputmode="decimal" value=${per_million}
      aria-label=${t("dollars_for", { name })}
      onInput=${({ target }) => target.valueAsNumber >= 0 && edit(index, { per_million: target.valueAsNumber })} /></td>
    <td class="number cost">${money(cost(tokens, per_million), "USD", 4)}</td>
    <td><${IconButton} icon="close" name=${t("remove_price", { name })} onClick=${() => keep(prices.filter((_, at) => at !== index))} /></td>
  </tr>`;
  return html`<div class="prices">
    <h3>${t("prices_title")}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("prices")}><table><thead><tr><th scope="col">${t("model")}</th><th scope="col" class="number">${t("per_million")}</th>
      <th scope="col" class="number">${t("cost")}</th><td></td></tr></thead>
      <tbody>${prices.map(row)}</tbody></table></div>
    <p class="actions"><button type="button" class="small quiet" onClick=${() => keep([...prices, { name: t("model"), per_million: 1 }])}>
      <${Icon} name="plus" />${t("add_price")}</button>
      <small class="muted">${t("prices_note")}</small></p>
  </div>`;
}
