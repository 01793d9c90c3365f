// Find by a few letters: "pse" finds "Pause the line". Pure.

const is_start = (text, at) => at === 0 || /[\s\-_./:]/.test(text[at - 1]);

function from(text, wanted, first) {
  let score = 0;
  let before = -2;
  let at = first;
  for (const letter of wanted) {
    at = text.indexOf(letter, at);
    if (at < 0) return null;
    score += at === before + 1 ? 3 : 0;
    score += is_start(text, at) ? 4 : 0;
    score += 1;
    before = at;
    at += 1;
  }
  return score - (before - first) / 50;
}

/** Return how well a text answers the letters (more is better), or null when they are not in it in this order. */
export function score(text, letters) {
  const wanted = letters.toLowerCase().replace(/\s+/g, "");
  const lower = text.toLowerCase();
  if (!wanted) return 0;
  let best = null;
  for (let at = lower.indexOf(wanted[0]); at >= 0; at = lower.indexOf(wanted[0], at + 1)) {
    const found = from(lower, wanted, at);
    if (found === null) break;
    best = Math.max(best ?? -Infinity, found);
  }
  return best === null ? null : best - lower.length / 500;
}

/** Return the entries that answer, the best first; those without letters to answer keep their order. */
export function find(entries, letters, text_of) {
  if (!letters.trim()) return entries;
  const scored = entries.map((entry) => ({ entry, value: score(text_of(entry), letters) }));
  return scored.filter(({ value }) => value !== null).sort((a, b) => b.value - a.value).map(({ entry }) => entry);
}
