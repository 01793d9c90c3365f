// The page at /docs: the served OpenAPI document as a list that people can read.

const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== null));
  return node;
};

const code = (text) => make("code", { textContent: text });

const name_of = (schema) => schema?.$ref?.split("/").at(-1) ?? (schema ? [schema.type ?? "any"].flat().join(" or ") : "");

function parameters(list) {
  if (!list?.length) return null;
  const rows = list.map((one) =>
    make("tr", {},
      make("td", {}, code(one.name)),
      make("td", { textContent: one.in }),
      make("td", { textContent: name_of(one.schema) }),
      make("td", { textContent: one.description ?? one.schema?.enum?.join(", ") ?? "" })));
  return make("table", {}, make("tbody", {}, ...rows));
}

function body(request) {
  if (!request) return null;
  const line = make("p", { textContent: request.required ? "Body: " : "Body (may be left out): " });
  Object.entries(request.content).forEach(([type, { schema }], number) => {
    line.append(number ? " or " : "", code(type), " ", link_to(schema));
  });
  return line;
}

function link_to(schema) {
  const name = name_of(schema);
  return schema?.$ref ? make("a", { href: `#schema-${name}`, textContent: name }) : name;
}

function problem_links(text) {
  return [...text.matchAll(/`([a-z_]+)`/g)].flatMap(([, name], number) => [
    number ? ", " : "",
    make("a", { href: `/problems/${name.replaceAll("_", "-")}` }, code(name)),
  ]);
}

function answers(responses) {
  const rows = Object.entries(responses).sort().map(([status, answer]) => {
    const [type, { schema } = {}] = Object.entries(answer.content ?? {})[0] ?? [""];
    const said = type === "application/problem+json" ? problem_links(answer.description) : [answer.description];
    const is_plain = !schema?.$ref || type === "application/problem+json";
    return make("tr", {}, make("td", {}, code(status)), make("td", {}, ...said), make("td", {}, is_plain ? type : link_to(schema)));
  });
  return make("table", {}, make("tbody", {}, ...rows));
}

function operation(path, method, one) {
  const title = make("summary", {}, code(`${method.toUpperCase()} ${path}`), " ", one.summary);
  return make("details", { id: one.operationId }, title, parameters(one.parameters), body(one.requestBody), answers(one.responses));
}

function section(document_, tag) {
  const found = Object.entries(document_.paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, one]) => one.tags?.includes(tag.name)).map(([method, one]) => operation(path, method, one)));
  return [make("h2", { textContent: tag.name }), make("p", { textContent: tag.description ?? "" }), ...found];
}

function schema_block([name, schema]) {
  const title = make("summary", {}, code(name), " ", schema.description ?? "");
  return make("details", { id: `schema-${name}` }, title, make("pre", { textContent: JSON.stringify(schema, null, 2) }));
}

function open_target() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
}

const place = document.getElementById("operations");
try {
  const response = await fetch("/api/openapi.json");
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  const spec = await response.json();
  place.replaceChildren(
    ...spec.tags.flatMap((tag) => section(spec, tag)),
    make("h2", { textContent: "Schemas" }),
    ...Object.entries(spec.components.schemas).map(schema_block),
  );
  open_target();
  addEventListener("hashchange", open_target);
} catch (error) {
  place.textContent = `The document cannot be read: ${error.message}`;
}
