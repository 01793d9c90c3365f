// Names and what connects them, as a picture. The table beside it has the same and is for everybody else.

import { html, useEffect, useMemo, useState } from "../../html.js";
import { anchor_of, labelled_of } from "./labels.js";
import { make_layout } from "./layout.js";
import { TYPES, radius_of, sign_of } from "./shapes.js";
import { t } from "./words.js";

const ROUNDS_A_FRAME = 6;
const WIDE = { width: 760, height: 560, margin: 44, labelled: 40, edges: 160, scale: 1 }; // more names than this are read in the table, or by pointing
const NARROW_BELOW = 560;
const PAGE_EDGES = 66;
const UNDER_PX = 18; // of a name below the lowest sign

// One unit is one pixel on a small screen, so that names stay readable there.
function size_here() {
  const room = document.documentElement.clientWidth - PAGE_EDGES;
  return room >= NARROW_BELOW ? WIDE : { width: Math.max(240, room), height: Math.round(Math.max(240, room) * 1.25), margin: 22, labelled: 10, edges: 24, scale: 0.6 };
}

const is_calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const when_idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: 120 }) : setTimeout(work, 1));
const give_up = (handle) => (window.cancelIdleCallback ? cancelIdleCallback(handle) : clearTimeout(handle));

// Moves on whenever the browser has nothing better to do. Shown as it settles, or, for who wants no motion, when it has.
function use_layout(nodes, edges, size) {
  const layout = useMemo(() => make_layout(nodes, edges, size), [nodes, edges, size]);
  const [shown, set_shown] = useState({ layout: null, round: 0 });
  useEffect(() => {
    let handle = null;
    const go_on = (deadline) => {
      let is_moving = layout.step(ROUNDS_A_FRAME);
      while (is_moving && is_calm() && deadline?.timeRemaining?.() > 2) is_moving = layout.step(ROUNDS_A_FRAME);
      if (!is_moving || !is_calm()) set_shown(({ round }) => ({ layout, round: round + 1 }));
      handle = is_moving ? when_idle(go_on) : null;
    };
    handle = when_idle(go_on);
    return () => handle !== null && give_up(handle);
  }, [layout]);
  return useMemo(() => (shown.layout === layout ? new Map(layout.points.map((point) => [point.id, { ...point }])) : null), [shown, layout]);
}

// A small picture shows the strongest relations only; edges come with the strongest first.
function strongest_of(nodes, edges, most) {
  if (edges.length <= most) return [nodes, edges];
  const kept = edges.slice(0, most);
  const there = new Set(kept.flatMap(({ source, target }) => [source, target]));
  return [nodes.filter(({ id }) => there.has(id)), kept];
}

function near_of(edges, id) {
  if (id === null) return null;
  const near = new Set([id]);
  for (const { source, target } of edges) {
    if (source === id) near.add(target);
    if (target === id) near.add(source);
  }
  return near;
}

function Edge({ edge, places, strongest, is_faint }) {
  const [a, b] = [places.get(edge.source), places.get(edge.target)];
  return html`<line class="edge ${is_faint ? "faint" : ""}" x1=${a.x} y1=${a.y} x2=${b.x} y2=${b.y}
    stroke-width=${1 + (3 * edge.count) / strongest}><title>${edge.evidence}</title></line>`;
}

function Node({ node, at, width, is_faint, is_chosen, has_label, choose, point }) {
  const anchor = anchor_of(at.x, width);
  return html`<g class="node type-${node.type} ${is_faint ? "faint" : ""} ${is_chosen ? "chosen" : ""}" transform="translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})"
    onClick=${() => choose(node)} onPointerEnter=${() => point(node.id)} onPointerLeave=${() => point(null)}>
    <circle class="reach" r=${Math.max(14, at.radius + 5)} />
    <path d=${sign_of(node.type, at.radius)} />
    ${has_label && html`<text y=${at.radius + 13} text-anchor=${anchor}>${node.name}</text>`}
    <title>${node.name}: ${t("mentioned", { n: node.mentions })}</title>
  </g>`;
}

/** The signs and what they mean. */
export function Legend({ nodes }) {
  const there = TYPES.filter((type) => nodes.some((node) => node.type === type));
  return html`<ul class="graph-legend">${there.map((type) => html`<li class="type-${type}">
    <svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true"><path d=${sign_of(type, 5.5)} /></svg>${t(`type_${type}`)}</li>`)}</ul>`;
}

// The chosen name is written first, then those around it; what has no room is read in the table.
function names_to_write(sized, near, center) {
  if (near === null) return sized;
  return [...sized.filter(({ id }) => id === center), ...sized.filter(({ id }) => id !== center && near.has(id))];
}

/** The picture; `choose(node)` hears clicks, `chosen` is a name. */
export function Graph({ nodes: all_nodes, edges: all_edges, chosen, choose }) {
  const [pointed, set_pointed] = useState(null);
  const size = useMemo(size_here, []);
  const [nodes, edges] = useMemo(() => strongest_of(all_nodes, all_edges, size.edges), [all_nodes, all_edges, size]);
  const most = Math.max(1, ...nodes.map(({ mentions }) => mentions));
  const sized = useMemo(() => nodes.map((node) => ({ ...node, radius: size.scale * radius_of(node.mentions, most) })), [nodes, size]);
  const places = use_layout(sized, edges, size);
  const strongest = Math.max(1, ...edges.map(({ count }) => count));
  const chosen_id = nodes.find(({ name }) => name === chosen)?.id ?? null;
  const center = pointed ?? chosen_id;
  const near = near_of(edges, center);
  const labelled = useMemo(() => (places ? labelled_of(names_to_write(sized, near, center), places, size) : new Set()), [places, center]);
  const is_apart = ({ source, target }) => near !== null && source !== center && target !== center;
  return html`<figure class="graph" aria-busy=${places === null}>
    <svg viewBox="0 0 ${size.width} ${size.height + UNDER_PX}" role="img" aria-label=${t("graph_label", { names: nodes.length, relations: edges.length })}>
      ${places && edges.map((edge) => html`<${Edge} key=${`${edge.source}-${edge.target}`} edge=${edge} places=${places} strongest=${strongest} is_faint=${is_apart(edge)} />`)}
      ${places && nodes.map((node) => html`<${Node} key=${node.id} node=${node} at=${places.get(node.id)} width=${size.width}
        is_faint=${near !== null && !near.has(node.id)} is_chosen=${node.id === chosen_id} has_label=${labelled.has(node.id) || node.id === center}
        choose=${choose} point=${set_pointed} />`)}
    </svg>
    <figcaption><${Legend} nodes=${nodes} /></figcaption>
  </figure>`;
}
