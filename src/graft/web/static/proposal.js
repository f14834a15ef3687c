// What "Try it" proposes, and how a call is written for a shell: without a page, so that both are tested by themselves.
"use strict";

// The least first: nobody should give more than they meant.
const TIERS = ["viewer", "editor", "admin"];

const refName = (schema) => schema.$ref && schema.$ref.split("/").pop();
const resolved = (schema, components) => (schema.$ref ? components[refName(schema)] : schema);

// The values of an enumeration, in the order in which they are offered.
function choices(schema) {
  const values = schema.enum ?? [];
  return values.every((value) => TIERS.includes(value)) ? TIERS.filter((tier) => values.includes(tier)) : values;
}

// A value to start from; of an object, only what is required: what is not sent is not changed.
function proposed(schema, components, depth = 0) {
  if (schema.anyOf) {
    const variants = schema.anyOf.filter((variant) => variant.type !== "null");
    return proposed(variants[0] ?? { type: "null" }, components, depth);
  }
  const shape = resolved(schema, components);
  if (shape.enum) return choices(shape)[0];
  if (shape.default !== undefined) return shape.default;
  if (shape.type === "object") {
    const names = depth > 4 ? [] : (shape.required ?? []);
    return Object.fromEntries(names.map((name) => [name, proposed(shape.properties[name], components, depth + 1)]));
  }
  return { array: [], boolean: false, integer: 0, number: 0, null: null }[shape.type] ?? "";
}

// The keys that a body may have beside those that are proposed.
function addable(schema, components) {
  const shape = resolved(schema, components);
  const required = shape.required ?? [];
  return Object.keys(shape.properties ?? {}).filter((name) => !required.includes(name));
}

// The text of a body with a key at its end. As text: a parser would round long numbers that stand there already.
function withKey(text, name, value) {
  const body = text.trim() || "{}";
  if (!body.endsWith("}") || hasKey(body, name)) return text;
  const before = body.slice(0, -1).trimEnd();
  const comma = before.endsWith("{") || before.endsWith(",") ? "" : ",";
  const written = JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
  return `${before}${comma}\n  ${JSON.stringify(name)}: ${written}\n}`;
}

function hasKey(text, name) {
  try {
    return Object.hasOwn(JSON.parse(text), name);
  } catch {
    return false;
  }
}

// A description in pieces: what stands between backticks is code.
function pieces(text) {
  return text
    .split(/`([^`]*)`/)
    .map((piece, index) => ({ code: index % 2 === 1, text: piece }))
    .filter((piece) => piece.text);
}

// The form of a text: of an id its beginning, as that is what people know it by.
function likeText(pattern) {
  const prefix = /^\^(.+)_\[0-7\]/.exec(pattern)?.[1];
  if (prefix === undefined) return `like ${pattern}`;
  if (prefix === "[a-z]{3}") return "an id such as fun_…";
  return prefix.replace(/[()]/g, "").split("|").map((name) => `${name}_…`).join(" or ");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The call for a shell that has the token in GRAFT_API_TOKEN, so that it stands in no history and no message.
function forShell(method, url, mediaType, body) {
  const parts = ["curl -sS", '-H "Authorization: Bearer $GRAFT_API_TOKEN"'];
  if (method !== "GET") parts.splice(1, 0, `-X ${method}`);
  if (mediaType) parts.push(`-H 'Content-Type: ${mediaType}'`);
  if (body !== undefined) parts.push(`--data-binary ${body === null ? "@FILE" : quoted(body)}`);
  return [...parts, quoted(url)].join(" ");
}
