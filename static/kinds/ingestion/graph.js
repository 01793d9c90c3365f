// Names and what connects them, as a picture. The table beside it has the same and is for everybody else.

import { html, useEffect, useMemo, useState } from "../../html.js";
import { anchor_of, labelled_of } from "./labels.js";
import { make_layout } from "./layout.js";
import { TYPES, radius_of, sign_of } from "./shapes.js";
import { t } from "./words.js";

const ROUNDS_A_FRAME = 6;
const WIDE = { width: 760, height: 560, labelled: 40 }; // more names than this are read in the table, or by pointing
const NARROW_BELOW = 560;
const PAGE_EDGES = 66;

// One unit is one pixel on a small screen, so that names stay readable there.
function size_here() {
  const room = document.documentElement.clientWidth - PAGE_EDGES;
  return room >= NARROW_BELOW ? WIDE : { width: Math.max(240, room), height: Math.round(Math.max(240, room) * 1.25), labelled: 10 };
}

const is_calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const when_idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: 120 }) : setTimeout(work, 1));
const give_up = (handle) => (window.cancelIdleCallback ? cancelIdleCallback(handle) : clearTimeout(handle));

// Moves on whenever the browser has nothing better to do. Shown as it settles, or, for who wants no motion, when it has.
function use_layout(nodes, edges, size) {
  const layout = useMemo(() => make_layout(nodes, edges, { ...size, margin: 44 }), [nodes, edges, size]);
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

/** The picture; `choose(node)` hears clicks, `chosen` is a name. */
export function Graph({ nodes, edges, chosen, choose }) {
  const [pointed, set_pointed] = useState(null);
  const most = Math.max(1, ...nodes.map(({ mentions }) => mentions));
  const sized = useMemo(() => nodes.map((node) => ({ ...node, radius: radius_of(node.mentions, most) })), [nodes]);
  const size = useMemo(size_here, []);
  const places = use_layout(sized, edges, size);
  const strongest = Math.max(1, ...edges.map(({ count }) => count));
  const chosen_id = nodes.find(({ name }) => name === chosen)?.id ?? null;
  const near = near_of(edges, pointed ?? chosen_id);
  const labelled = useMemo(() => (places ? labelled_of(sized, places, size) : new Set()), [places]);
  const is_faint = (...ids) => near !== null && !ids.every((id) => near.has(id));
  return html`<figure class="graph" aria-busy=${places === null}>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label=${t("graph_label", { names: nodes.length, relations: edges.length })}>
      ${places && edges.map((edge) => html`<${Edge} key=${`${edge.source}-${edge.target}`} edge=${edge} places=${places} strongest=${strongest}
        is_faint=${near !== null && !(edge.source === (pointed ?? chosen_id) || edge.target === (pointed ?? chosen_id))} />`)}
      ${places && nodes.map((node) => html`<${Node} key=${node.id} node=${node} at=${places.get(node.id)} width=${size.width} is_faint=${is_faint(node.id)}
        is_chosen=${node.id === chosen_id} has_label=${near?.has(node.id) || (near === null && labelled.has(node.id))} choose=${choose} point=${set_pointed} />`)}
    </svg>
    <figcaption><${Legend} nodes=${nodes} /></figcaption>
  </figure>`;
}
