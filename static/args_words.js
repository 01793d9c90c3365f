// A kind's args in the reader's language: the schema with other words in it. Pure.

/** Return a schema with titles, descriptions and the names of choices from `say`; what it has no words for stays. */
export function schema_words(schema, say, path = []) {
  const told = (what, step, otherwise) => {
    const key = [what, ...path, ...step].join(".");
    return say.has(key) ? say(key) : otherwise;
  };
  const words = { ...schema, title: told("title", [], schema.title), description: told("hint", [], schema.description) };
  if (schema.enum) words.labels = schema.enum.map((value, index) => told("option", [value], schema.labels?.[index]));
  if (schema.properties) {
    const members = Object.entries(schema.properties);
    words.properties = Object.fromEntries(members.map(([name, field]) => [name, schema_words(field, say, [...path, name])]));
  }
  return words;
}
