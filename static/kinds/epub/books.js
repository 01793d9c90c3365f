// From results.json to what the views draw. Pure.

const counts_of = (entries) =>
  Object.fromEntries((entries ?? []).filter(({ count }) => count !== undefined).map(({ name, count }) => [name, count]));

const errors_of = (entries) =>
  Object.fromEntries((entries ?? []).filter(({ error }) => error).map(({ name, error }) => [name, error.message]));

function chapter(entry, index) {
  return { title: entry.title || entry.name || String(index + 1), words: entry.wordCount, counts: counts_of(entry.tokenCounts) };
}

function book(entry) {
  const { title, author, language } = entry.metadata ?? {};
  return {
    file: entry.filePath,
    title: title || entry.filePath,
    author: author ?? "",
    language: language ?? "",
    words: entry.wordCount,
    counts: counts_of(entry.tokenCounts),
    errors: errors_of(entry.tokenCounts),
    chapters: (entry.chapters ?? []).map(chapter),
  };
}

/** Return {books, failed, tokenizers}: books that were counted, those that were not, and the tokenizers' names. */
export function read_books(results) {
  const entries = results?.results ?? [];
  const failed = entries.filter((entry) => entry.error).map(({ filePath, error }) => ({ file: filePath, error }));
  const books = entries.filter((entry) => !entry.error).map(book);
  const named = results?.options?.tokenizers ?? [];
  const counted = new Set(books.flatMap((one) => Object.keys(one.counts)));
  return { books, failed, tokenizers: named.length ? named : [...counted] };
}

export const per_word = (book, tokenizer) => (book.words ? book.counts[tokenizer] / book.words : null);
