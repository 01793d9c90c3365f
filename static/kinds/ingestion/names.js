// Names in the library: the picture of what connects them, the same as a table, and all about the one that is chosen.

import { html, useId, useState } from "../../html.js";
import * as library from "./api.js";
import { library_href } from "./address.js";
import { use_asking } from "./asking.js";
import { Graph } from "./graph.js";
import { Hits } from "./hits.js";
import { t, whole } from "./words.js";

const SHOWN = 6; // mentions beside the neighbours; the search has them all
const STRENGTHS = [40, 80, 160];

function NameRow({ name, place }) {
  const is_chosen = place.entity === name.name;
  return html`<tr class=${is_chosen ? "is-open" : ""}>
    <th scope="row"><a href=${library_href({ ...place, entity: is_chosen ? "" : name.name })} aria-current=${is_chosen ? "true" : null}>${name.name}</a></th>
    <td><span class="type-word type-${name.type}">${t(`type_${name.type}`)}</span></td>
    <td class="number">${whole(name.mentions)}</td>
  </tr>`;
}

function NameTable({ place, epoch }) {
  const [words, set_words] = useState("");
  const id = useId();
  const { answer } = use_asking(`${words}/${place.in}/${epoch}`, (signal) => library.entities({ q: words, document_id: place.in }, signal));
  return html`<section class="panel names" aria-labelledby="names-title">
    <header><h2 id="names-title">${t("names")}</h2></header>
    <label class="visually-hidden" for=${id}>${t("find_name")}</label>
    <input id=${id} type="search" value=${words} placeholder=${t("find_name")} autocomplete="off" onInput=${({ target }) => set_words(target.value)} />
    <div class="scroll names-scroll" tabindex="0" role="group" aria-label=${t("names_table")}><table>
      <thead><tr><th scope="col">${t("column_name")}</th><th scope="col">${t("column_type")}</th><th scope="col" class="number">${t("column_mentions")}</th></tr></thead>
      <tbody>${(answer ?? []).map((name) => html`<${NameRow} key=${name.id} name=${name} place=${place} />`)}</tbody>
    </table></div>
    ${answer?.length === 0 && html`<p class="muted">${t("no_names_match")}</p>`}
  </section>`;
}

function neighbours_of(found, name) {
  const names = new Map(found.nodes.map((node) => [node.id, node]));
  return found.edges
    .map((edge) => {
      const [a, b] = [names.get(edge.source), names.get(edge.target)];
      return { edge, node: a?.name === name ? b : a };
    })
    .filter(({ node }) => node);
}

function Neighbour({ node, edge, place }) {
  return html`<li><p><a class="neighbour type-${node.type}" href=${library_href({ ...place, entity: node.name })}>${node.name}</a>
      <span class="muted">${t("together", { n: edge.count })}</span></p>
    <p class="evidence"><a class="quote" href=${library_href({ ...place, document: edge.document_id, chunk: edge.chunk })}>${edge.evidence}</a></p></li>`;
}

function Entity({ place, epoch }) {
  const key = `${place.entity}/${place.in}/${epoch}`;
  const near = use_asking(key, (signal) => library.graph({ entity: place.entity, document_id: place.in, limit: 40 }, signal));
  const stands = use_asking(key, (signal) => library.mentions(place.entity, place.in, signal));
  const neighbours = near.answer ? neighbours_of(near.answer, place.entity) : [];
  const hits = stands.answer?.hits ?? [];
  return html`<section class="panel entity" aria-labelledby="entity-title" aria-busy=${near.is_busy || stands.is_busy}>
    <header><h2 id="entity-title">${place.entity}</h2>
      <a class="button small quiet" href=${library_href({ ...place, entity: "" })}>${t("deselect")}</a></header>
    <div class="entity-parts">
      <div><h3>${t("neighbours")}</h3>
        ${neighbours.length > 0 && html`<ul class="neighbours">${neighbours.map(({ node, edge }) => html`<${Neighbour} key=${node.id} node=${node} edge=${edge} place=${place} />`)}</ul>`}
        ${near.answer && !neighbours.length && html`<p class="muted">${t("no_neighbours")}</p>`}</div>
      <div><h3>${t("mentions")}</h3>
        ${hits.length > 0 && html`<${Hits} hits=${hits.slice(0, SHOWN)} place=${place} mode="bm25" label=${t("mentions")} />`}
        ${hits.length > SHOWN && html`<a class="button quiet wide" href=${library_href({ q: `"${place.entity}"`, mode: "bm25", in: place.in })}>${t("more_mentions")}</a>`}
        ${stands.answer && !hits.length && html`<p class="muted">${t("no_mentions")}</p>`}</div>
    </div>
  </section>`;
}

/** The view of names. `change` puts what is chosen into the address. */
export function Names({ place, change, epoch, in_name }) {
  const [limit, set_limit] = useState(STRENGTHS[1]);
  const { answer, is_busy } = use_asking(`${place.in}/${limit}/${epoch}`, (signal) => library.graph({ document_id: place.in, limit }, signal));
  const choose = (node) => change({ entity: node.name === place.entity ? "" : node.name });
  return html`<div class="names-view">
    <section class="panel graph-panel" aria-labelledby="graph-title" aria-busy=${is_busy}>
      <header><h2 id="graph-title">${place.in ? t("graph_of", { name: in_name }) : t("graph")}</h2>
        <div class="segments" role="group" aria-label=${t("strength")}>${STRENGTHS.map(
          (one) => html`<button type="button" class="segment" aria-pressed=${one === limit} onClick=${() => set_limit(one)}>${t("strongest", { n: one })}</button>`,
        )}</div></header>
      ${place.in && html`<p><a class="chip button small" href=${library_href({ ...place, in: "", entity: "" })}>${t("all_documents")}</a></p>`}
      ${answer?.edges.length > 0 && html`<${Graph} nodes=${answer.nodes} edges=${answer.edges} chosen=${place.entity} choose=${choose} />`}
      ${answer?.edges.length === 0 && html`<p class="muted">${t("no_relations")}</p>`}
    </section>
    <${NameTable} place=${place} epoch=${epoch} />
    ${place.entity && html`<${Entity} place=${place} epoch=${epoch} />`}
  </div>`;
}
