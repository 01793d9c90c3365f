// Pure: which files of a folder are documents.

/** Split files into those that can be read and those that are left out; `accepts(name)` tells. */
export function sorted_out(files, accepts) {
  const [taken, left_out] = [[], []];
  for (const file of files) (accepts(file.name) ? taken : left_out).push(file);
  return { taken, left_out };
}
