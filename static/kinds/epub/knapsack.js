// Which books fit into a token budget. Pure functions over {tokens, words}; nothing here knows the screen.

const MAX_STATES = 400_000;

const fits_alone = (books, budget) => books.filter((book) => book.tokens <= budget);
const sum = (books, name) => books.reduce((total, book) => total + book[name], 0);
const by_density = (a, b) => b.words * a.tokens - a.words * b.tokens || a.tokens - b.tokens;

function take_while_it_fits(sorted, budget) {
  const taken = [];
  let left = budget;
  for (const book of sorted) {
    if (book.tokens > left) continue;
    taken.push(book);
    left -= book.tokens;
  }
  return taken;
}

/** The most books: shortest first, which no other choice can beat. */
export function most_books(books, budget) {
  const taken = take_while_it_fits([...books].sort((a, b) => a.tokens - b.tokens), budget);
  return { taken, is_proven: true };
}

/** Many words, quickly: by words per token, then the single longest book if that alone is more. */
export function most_words_quick(books, budget) {
  const fitting = fits_alone(books, budget);
  const taken = take_while_it_fits([...fitting].sort(by_density), budget);
  const longest = fitting.reduce((best, book) => (!best || book.words > best.words ? book : best), null);
  const is_better = longest && longest.words > sum(taken, "words");
  return { taken: is_better ? [longest] : taken, is_proven: taken.length === books.length };
}

// What is possible at best from book `first` on with `room` tokens: whole books, then a part of the next.
function make_bound(sorted) {
  const tokens = [0];
  const words = [0];
  for (const book of sorted) {
    tokens.push(tokens.at(-1) + book.tokens);
    words.push(words.at(-1) + book.words);
  }
  return (first, room) => {
    const reach = tokens[first] + room;
    let low = first;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tokens[middle] <= reach) low = middle;
      else high = middle - 1;
    }
    const whole = words[low] - words[first];
    if (low === sorted.length) return whole;
    return whole + ((reach - tokens[low]) * sorted[low].words) / sorted[low].tokens;
  };
}

// Join two lists that are sorted by tokens, and keep a state only if no lighter one holds as many words.
function merge(without, with_book) {
  const merged = [];
  let a = 0;
  let b = 0;
  let best = -1;
  while (a < without.length || b < with_book.length) {
    const from_a = b >= with_book.length || (a < without.length && without[a].tokens <= with_book[b].tokens);
    const next = from_a ? without[a++] : with_book[b++];
    if (next.words <= best) continue;
    const last = merged.at(-1);
    if (last && last.tokens === next.tokens) merged.pop();
    merged.push(next);
    best = next.words;
  }
  return merged;
}

function unroll(state) {
  const taken = [];
  for (let at = state; at.book; at = at.before) taken.push(at.book);
  return taken;
}

/**
 * The most words: 0/1 knapsack by dynamic programming over undominated states (Nemhauser and Ullmann 1969),
 * cut by the fractional bound (Dantzig 1957). When there are more than `max_states` of them, the lightest in
 * hope are let go: then `is_proven` is false and `at_most` says how many words are possible at best.
 */
export function most_words_exact(books, budget, max_states = MAX_STATES) {
  const free = books.filter((book) => book.tokens === 0);
  const sorted = fits_alone(books, budget).filter((book) => book.tokens > 0).sort(by_density);
  const bound = make_bound(sorted);
  const quick = most_words_quick(sorted, budget).taken;
  let best = { words: sum(quick, "words"), taken: quick };
  let states = [{ tokens: 0, words: 0, book: null, before: null }];
  let lost_bound = 0;
  sorted.forEach((book, index) => {
    const grown = states
      .filter((state) => state.tokens + book.tokens <= budget)
      .map((state) => ({
        tokens: state.tokens + book.tokens,
        words: state.words + book.words,
        book,
        before: state,
      }));
    states = merge(states, grown);
    for (const state of states) if (state.words > best.words) best = { words: state.words, taken: null, state };
    const hope = (state) => state.words + bound(index + 1, budget - state.tokens);
    states = states.filter((state) => hope(state) > best.words);
    if (states.length > max_states) {
      const ranked = [...states].sort((a, b) => hope(b) - hope(a));
      lost_bound = Math.max(lost_bound, hope(ranked[max_states]));
      states = ranked.slice(0, max_states).sort((a, b) => a.tokens - b.tokens);
    }
  });
  const taken = [...free, ...(best.taken ?? unroll(best.state))];
  const at_most = Math.max(best.words, Math.floor(lost_bound)) + sum(free, "words");
  return { taken, is_proven: lost_bound <= best.words, at_most };
}

export const GOALS = {
  most_books, // shortest first
  most_words: most_words_quick, // most words per token first
  exact: most_words_exact,
};

/** Choose books for a budget: {taken, words, tokens, is_proven, at_most?}. */
export function plan(books, budget, goal) {
  const solved = GOALS[goal](books, budget);
  return { ...solved, words: sum(solved.taken, "words"), tokens: sum(solved.taken, "tokens") };
}
