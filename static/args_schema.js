// What a JSON Schema means for a form: which control a value needs, what its limits are, where its errors belong.
// Pure functions.

const LONG_TEXT = 300; // characters from which on a text gets several lines

function lookup(ref, root) {
  const steps = ref.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce((found, step) => found?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], root) ?? {};
}

const is_null = (schema) => schema.type === "null" || schema.const === null;

/** Return a schema without references, and with one that may be null or something else as that something. */
export function plain(schema, root = schema, depth = 0) {
  if (!schema || schema === true || depth > 20) return {};
  const { $ref: ref, allOf: all, anyOf: any, oneOf: one, ...rest } = schema;
  if (ref) return plain({ ...lookup(ref, root), ...rest }, root, depth + 1);
  if (all) return plain(Object.assign({}, ...all.map((part) => plain(part, root, depth + 1)), rest), root, depth + 1);
  const choices = (any ?? one)?.map((part) => plain(part, root, depth + 1));
  if (!choices) return schema;
  const real = choices.filter((part) => !is_null(part));
  const is_nullable = real.length < choices.length;
  if (real.every((part) => "const" in part)) {
    const values = real.map((part) => part.const);
    return { ...rest, enum: is_nullable ? [...values, null] : values, labels: real.map((part) => part.title) };
  }
  if (real.length !== 1) return rest; // several shapes: no form can guess which
  const merged = { ...real[0], ...rest };
  return is_nullable ? { ...merged, type: [merged.type, "null"].flat() } : merged;
}

/** The first type that is not null; "any" when the schema does not say. */
export const type_of = (schema) => [schema.type ?? []].flat().find((type) => type !== "null") ?? (schema.properties ? "object" : "any");

export const is_nullable = (schema) =>
  [schema.type ?? []].flat().includes("null") || (schema.enum ?? []).includes(null);

const SCALARS = new Set(["string", "number", "integer", "boolean"]);
const FORMATS = { date: "date", "date-time": "datetime", time: "time" };

function list_control(schema, root) {
  const items = plain(schema.items ?? {}, root);
  if (Array.isArray(items.enum)) return "choices";
  const type = type_of(items);
  if (type === "string" && !items.format) return "words";
  return SCALARS.has(type) || type === "object" ? "list" : "json";
}

function object_control(schema, root) {
  if (Object.keys(schema.properties ?? {}).length) return "object";
  const rest = schema.additionalProperties;
  return rest && rest !== true && SCALARS.has(type_of(plain(rest, root))) ? "map" : "json";
}

/** Name the control of a schema: boolean choice number text long_text date datetime time words choices list object map json. */
export function control_of(schema, root = schema) {
  if (Array.isArray(schema.enum)) return "choice";
  const type = type_of(schema);
  if (type === "boolean") return "boolean";
  if (type === "integer" || type === "number") return "number";
  if (type === "array") return list_control(schema, root);
  if (type === "object") return object_control(schema, root);
  if (type !== "string") return "json";
  if (FORMATS[schema.format]) return FORMATS[schema.format];
  return schema.maxLength > LONG_TEXT ? "long_text" : "text";
}

/** The limits of a number, or of a text's length: {low, high}, each null when there is none. */
export function limits(schema) {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? null;
  const high = schema.maximum ?? schema.exclusiveMaximum ?? null;
  return { low, high, is_above: schema.minimum === undefined && low !== null };
}

/** Cut a pointer into its steps: "/args/a~1b/0" -> ["a/b", "0"]. */
export function steps_of(pointer) {
  const steps = (pointer ?? "").split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps[0] === "args" ? steps.slice(1) : steps;
}

const begins = (steps, path) => path.every((step, index) => steps[index] === String(step));

/** What is wrong at a path itself, or below it where no field of its own shows it. */
export function error_at(errors, path, is_leaf = true) {
  const here = errors.filter(({ pointer }) => {
    const steps = steps_of(pointer);
    return begins(steps, path) && (is_leaf || steps.length === path.length);
  });
  return here.map(({ detail }) => detail).join(" ") || null;
}
