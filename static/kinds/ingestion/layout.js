// Where the names of a graph are drawn: springs along edges, repulsion between all, no chance in it. Pure.
// After Fruchterman and Reingold (1991): displacement is bounded by a temperature that falls.

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
const STEPS = 320;
const GRAVITY = 0.09;
const REACH = 2.4; // repulsion ends here, in ideal distances (their grid variant): what is unconnected is not driven apart

/** Begin on a sunflower's spiral, the most mentioned in the middle: even, and the same every time. */
function begin(nodes, width, height) {
  const reach = 0.42 * Math.min(width, height);
  return nodes.map((node, index) => {
    const radius = reach * Math.sqrt((index + 0.5) / nodes.length);
    const x = width / 2 + radius * Math.cos(index * GOLDEN_ANGLE) * (width / Math.max(height, 1)) ** 0.5;
    return { id: node.id, radius: node.radius ?? 8, x, y: height / 2 + radius * Math.sin(index * GOLDEN_ANGLE) };
  });
}

function repel(points, moves, ideal) {
  for (let i = 0; i < points.length; i += 1) {
    for (let j = i + 1; j < points.length; j += 1) {
      const [a, b] = [points[i], points[j]];
      let [dx, dy] = [a.x - b.x, a.y - b.y];
      if (dx === 0 && dy === 0) [dx, dy] = [0.01 * (j - i), 0.01];
      const distance = Math.hypot(dx, dy);
      if (distance > REACH * ideal) continue;
      const gap = Math.max(1, distance - a.radius - b.radius);
      const force = (ideal * ideal) / (gap * distance);
      moves[i].x += dx * force;
      moves[i].y += dy * force;
      moves[j].x -= dx * force;
      moves[j].y -= dy * force;
    }
  }
}

function attract(points, edges, moves, ideal) {
  for (const { from, to, weight } of edges) {
    const [dx, dy] = [points[from].x - points[to].x, points[from].y - points[to].y];
    const distance = Math.hypot(dx, dy) || 1;
    const force = (distance / ideal) * weight;
    moves[from].x -= dx * force;
    moves[from].y -= dy * force;
    moves[to].x += dx * force;
    moves[to].y += dy * force;
  }
}

function indexed(nodes, edges) {
  const places = new Map(nodes.map((node, index) => [node.id, index]));
  const strongest = Math.max(1, ...edges.map(({ count = 1 }) => count));
  return edges
    .map(({ source, target, count = 1 }) => ({ from: places.get(source), to: places.get(target), weight: 0.5 + (0.5 * count) / strongest }))
    .filter(({ from, to }) => from !== undefined && to !== undefined && from !== to);
}

/**
 * Return a layout {points, step(n), is_done}: `step` moves on by n rounds and returns whether more are to come.
 * Nodes are {id, radius}, edges {source, target, count}; every point stays inside the box, its label's `margin` too.
 */
export function make_layout(nodes, edges, { width, height, margin = 40 }) {
  const points = begin(nodes, width, height);
  const springs = indexed(nodes, edges);
  const ideal = 0.75 * Math.sqrt((width * height) / Math.max(1, nodes.length));
  let round = 0;
  const once = () => {
    const moves = points.map(({ x, y }) => ({ x: (width / 2 - x) * GRAVITY * 2, y: (height / 2 - y) * GRAVITY * 3 }));
    repel(points, moves, ideal);
    attract(points, springs, moves, ideal);
    const heat = 0.1 * Math.min(width, height) * (1 - round / STEPS) ** 2 + 0.2;
    for (let index = 0; index < points.length; index += 1) {
      const [point, move] = [points[index], moves[index]];
      const length = Math.hypot(move.x, move.y) || 1;
      const stride = Math.min(length, heat) / length;
      point.x = Math.min(width - margin, Math.max(margin, point.x + move.x * stride));
      point.y = Math.min(height - margin / 2, Math.max(margin / 2, point.y + move.y * stride));
    }
    round += 1;
  };
  const step = (rounds) => {
    for (let count = 0; count < rounds && round < STEPS; count += 1) once();
    return round < STEPS;
  };
  return { points, step };
}
