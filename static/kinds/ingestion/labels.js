// Pure: which names of a graph are written beside their signs, so that none lies on another.

const LETTER_WIDTH = 6.7; // of the 12 px that they are written in, on average
const LINE_HEIGHT = 14;

/** Which end of a name stands at its sign: a name at the edge is written inwards. */
export function anchor_of(x, width) {
  if (x > 0.82 * width) return "end";
  return x < 0.18 * width ? "start" : "middle";
}

function box_of({ name }, at, width) {
  const length = name.length * LETTER_WIDTH;
  const begin = { start: at.x, middle: at.x - length / 2, end: at.x - length }[anchor_of(at.x, width)];
  return { left: begin, right: begin + length, top: at.y + at.radius + 2, bottom: at.y + at.radius + 2 + LINE_HEIGHT };
}

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Return the ids whose names have room, asked in the order of `nodes`; at most `most`. */
export function labelled_of(nodes, places, { width, labelled: most }) {
  const signs = nodes.map(({ id }) => ({ id, ...places.get(id) }));
  const taken = [];
  const chosen = new Set();
  for (const node of nodes) {
    if (chosen.size >= most) break;
    const box = box_of(node, places.get(node.id), width);
    const is_on_sign = signs.some(({ id, x, y, radius }) => id !== node.id && overlap(box, { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
    if (is_on_sign || taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    chosen.add(node.id);
  }
  return chosen;
}
