// The sign of each type of name: told by form as well as by colour.

export const TYPES = ["person", "organization", "place", "acronym", "name"];

const UNIT = {
  organization: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  place: [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]],
  acronym: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]],
};

/** The path of a type's sign around (0, 0); a circle of that radius for people and other names. Pure. */
export function sign_of(type, radius) {
  const corners = UNIT[type];
  if (corners) return `M${corners.map(([x, y]) => `${(x * radius).toFixed(1)} ${(y * radius).toFixed(1)}`).join("L")}Z`;
  const r = radius.toFixed(1);
  return `M-${r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 -${2 * r} 0Z`;
}

/** The radius of a name by how often it stands somewhere: the area tells, so that nothing is exaggerated. Pure. */
export const radius_of = (mentions, most) => 5 + 13 * Math.sqrt(mentions / Math.max(1, most));
