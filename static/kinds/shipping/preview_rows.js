// The rows of a preview. On a narrow screen each row is a card; the roles say that it is still a table.

import { html } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { money, service_name, t } from "./words.js";

function Remarks({ row }) {
  const { problem, warnings } = row;
  if (!problem && !warnings.length) return null;
  return html`<ul class="remarks" lang="en">
    ${problem && html`<li class="bad"><${Icon} name="alert" />${problem.message}</li>`}
    ${warnings.map((text) => html`<li key=${text}><${Icon} name="alert" />${text}</li>`)}
  </ul>`;
}

const as_skipped = (row) => ({ row_number: row.row_number, cents: row.estimated_cost_cents });

function Row({ row, is_skipped, skip }) {
  const { row_number, order_id, recipient_name, city_state, country, postal, service, weight_lb, estimated_cost_cents } = row;
  const name = order_id || t("row_n", { n: row_number });
  const is_shippable = estimated_cost_cents !== null;
  const place = [city_state, postal, country].filter(Boolean).join(" ");
  return html`<tr role="row" class="${is_skipped || !is_shippable ? "is-left-out" : ""} ${is_shippable ? "" : "unshippable"}">
    <td role="cell" class="tick"><input type="checkbox" checked=${is_shippable && !is_skipped} disabled=${!is_shippable}
      aria-label=${t("ship_row", { name })} onChange=${() => skip([as_skipped(row)], !is_skipped)} /></td>
    <th role="rowheader" scope="row" class="order">${name}<small>${t("row_n", { n: row_number })}</small></th>
    <td role="cell" class="to"><bdi>${recipient_name}</bdi><small><bdi>${place}</bdi></small></td>
    <td role="cell" class="said"><${Remarks} row=${row} /></td>
    <td role="cell" class="how">${service_name(service)}${weight_lb > 0 && html`<small>${t("pounds", { n: weight_lb })}</small>`}</td>
    <td role="cell" class="number cost">${is_shippable ? money(estimated_cost_cents) : "–"}</td>
  </tr>`;
}

/** The table; `skip(rows, is_skipped)` leaves rows out or takes them in. */
export function RowsTable({ rows, skipped, skip }) {
  const shippable = rows.filter((row) => row.estimated_cost_cents !== null);
  const are_all = shippable.length > 0 && shippable.every((row) => !skipped.has(row.row_number));
  if (!rows.length) return html`<p class="muted no-rows">${t("rows_none")}</p>`;
  return html`<table role="table" class="ship-rows" aria-label=${t("rows_label")}>
    <thead role="rowgroup"><tr role="row">
      <td role="cell" class="tick"><input type="checkbox" checked=${are_all} aria-label=${t("ship_page")}
        indeterminate=${!are_all && shippable.some((row) => !skipped.has(row.row_number))}
        onChange=${() => skip(shippable.map(as_skipped), are_all)} /></td>
      <th role="columnheader" scope="col">${t("col_order")}</th><th role="columnheader" scope="col">${t("col_to")}</th>
      <th role="columnheader" scope="col">${t("col_remarks")}</th>
      <th role="columnheader" scope="col">${t("col_how")}</th><th role="columnheader" scope="col" class="number">${t("col_cost")}</th>
    </tr></thead>
    <tbody role="rowgroup">${rows.map((row) => html`<${Row} key=${row.row_number} row=${row} skip=${skip} is_skipped=${skipped.has(row.row_number)} />`)}</tbody>
  </table>`;
}
