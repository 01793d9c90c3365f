// Pure: which words and passages of a text are marked, and how a chunk falls into paragraphs, headings and pages.

const WORD = /[\p{L}\p{N}]+/gu;
const GAP = "\n\n";
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/;

/** The server counts characters, a string here counts UTF-16 units: return the function from one to the other. */
export function unit_of(text) {
  if (!PAIR.test(text)) return (offset) => offset;
  const units = [0];
  for (const character of text) units.push(units.at(-1) + character.length);
  return (offset) => units[Math.min(offset, units.length - 1)];
}

/** The highlights of a hit as ranges of its snippet. */
export function highlights_of({ snippet, highlights }) {
  const unit = unit_of(snippet);
  return highlights.map(([begin, end]) => [unit(begin), unit(end)]);
}

/** Cut a text at [begin, end) ranges, which are in order: [{text, is_marked}]. */
export function parts(text, ranges) {
  const found = [];
  let at = 0;
  for (const [begin, end] of ranges) {
    if (begin < at || end > text.length || end <= begin) continue;
    if (begin > at) found.push({ text: text.slice(at, begin), is_marked: false });
    found.push({ text: text.slice(begin, end), is_marked: true });
    at = end;
  }
  if (at < text.length) found.push({ text: text.slice(at), is_marked: false });
  return found;
}

/** The words, in lower case, that hits were found by: what the server highlighted in their snippets. */
export function marked_words(hits) {
  const words = new Set();
  for (const hit of hits) {
    for (const [begin, end] of highlights_of(hit)) words.add(hit.snippet.slice(begin, end).toLowerCase());
  }
  return words;
}

/** The words of a name, in lower case. */
export const words_in = (text) => new Set([...text.matchAll(WORD)].map(([word]) => word.toLowerCase()));

/** Where in a text the words stand: [begin, end) ranges. */
export function ranges_of(text, words) {
  if (!words.size) return [];
  return [...text.matchAll(WORD)]
    .filter(([word]) => words.has(word.toLowerCase()))
    .map((match) => [match.index, match.index + match[0].length]);
}

/** Where in its chunk a hit's snippet stands, as [begin, end); null when it is not there any more. */
export function passage_of(chunk, hit) {
  const near = Math.max(0, hit.match - chunk.start - hit.snippet.length);
  const begin = chunk.text.indexOf(hit.snippet, near);
  return begin < 0 ? null : [begin, begin + hit.snippet.length];
}

function mark_at(marks, offset) {
  let best = null;
  for (const mark of marks) if (mark.offset <= offset) best = mark;
  return best;
}

/**
 * Cut a chunk into [{text, offset, page, path, level, is_passage}]. `level` is 1-6 for a heading, else 0; `page` is
 * set where a page begins; `previous` is the page before the chunk.
 */
export function blocks_of(chunk, passage = null, previous = null) {
  const blocks = [];
  const unit = unit_of(chunk.text);
  const marks = chunk.marks.map((mark) => ({ ...mark, offset: unit(mark.offset) }));
  let [offset, page] = [0, previous];
  for (const text of chunk.text.split(GAP)) {
    const mark = mark_at(marks, offset);
    const path = mark?.heading_path ?? [];
    const is_heading = path.length > 0 && path.at(-1) === text.trim();
    const begins = mark?.page != null && mark.page !== page ? mark.page : null;
    if (begins !== null) page = begins;
    const is_passage = passage !== null && offset < passage[1] && offset + text.length > passage[0];
    if (text.trim()) blocks.push({ text, offset, page: begins, path, level: is_heading ? Math.min(6, path.length) : 0, is_passage });
    offset += text.length + GAP.length;
  }
  return blocks;
}
