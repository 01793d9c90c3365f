// What is in the library: a table that the server sorts, page by page.

import { html } from "../../html.js";
import { IconButton } from "../../parts/icons.js";
import { library_href } from "./address.js";
import { leaving, remove } from "./removal.js";
import { day, kind_word, pages_word, t, whole } from "./words.js";

const COLUMNS = [
  { name: "title", key: "column_title" },
  { name: "kind", key: "column_kind", is_wide: true },
  { name: "pages", key: "column_pages", is_number: true, is_wide: true },
  { name: "chunks", key: "column_parts", is_number: true },
  { name: "updated", key: "column_added" },
];

function Head({ sort, change }) {
  const name = sort.replace("-", "");
  const is_down = sort.startsWith("-");
  const choose = (column) => {
    const first = column.is_number || column.name === "updated" ? `-${column.name}` : column.name;
    const turned = is_down ? column.name : `-${column.name}`;
    change({ sort: column.name === name ? turned : first });
  };
  return html`<thead><tr>
    ${COLUMNS.map((column) => html`<th scope="col" class="${column.is_number ? "number" : ""} ${column.is_wide ? "wide-column" : ""}"
      aria-sort=${column.name === name ? (is_down ? "descending" : "ascending") : null}>
      <button type="button" class="sorter" onClick=${() => choose(column)}>${t(column.key)}<span class="sort-mark" aria-hidden="true"></span></button>
    </th>`)}
    <th scope="col"><span class="visually-hidden">${t("column_remove")}</span></th>
  </tr></thead>`;
}

function Row({ document, place }) {
  const { document_id: id, title, file_name, kind, pages, chunk_count, tags, faults, updated_at } = document;
  return html`<tr data-document=${id} class=${place.document === id ? "is-open" : ""}>
    <th scope="row"><a href=${library_href({ ...place, document: id, chunk: "" })} aria-current=${place.document === id ? "true" : null}>${title}</a>
      <p class="document-sub"><span class="narrow-only">${kind_word(kind)}${pages ? ` · ${pages_word(kind, pages)}` : ""}</span>
        <span>${title === file_name ? "" : file_name}</span>
        ${tags.map((tag) => html`<a class="tag" href=${library_href({ ...place, tag, document: "" })}>${tag}</a>`)}
        ${faults.length > 0 && html`<span class="faulty">${t("faults", { n: faults.length })}</span>`}</p></th>
    <td class="wide-column"><span class="format">${kind_word(kind)}</span></td>
    <td class="number wide-column">${pages ? whole(pages) : "–"}</td>
    <td class="number">${whole(chunk_count)}</td>
    <td class="added"><time datetime=${updated_at}>${day(updated_at)}</time></td>
    <td class="remove"><${IconButton} icon="trash" name=${t("remove", { name: title })} onClick=${() => remove(document)} /></td>
  </tr>`;
}

/** The table; `more` fetches the next page, or is null at the end. */
export function Documents({ documents, place, change, more, is_busy }) {
  const shown = documents.filter(({ document_id: id }) => !leaving.value.has(id));
  return html`<section class="panel documents" aria-label=${t("documents")} aria-busy=${is_busy}>
    <table>
      <${Head} sort=${place.sort} change=${change} />
      <tbody>${shown.map((document) => html`<${Row} key=${document.document_id} document=${document} place=${place} />`)}</tbody>
    </table>
    ${!shown.length && html`<p class="muted none">${t("no_documents_match")}</p>`}
    ${more && html`<button type="button" class="quiet wide" onClick=${more}>${t("show_more")}</button>`}
  </section>`;
}
