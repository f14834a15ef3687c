// Shows openapi.json and tries its calls. Whatever comes from a document or a reply enters the page as text.
"use strict";

const MOST_SHOWN = 200000;
const TOKEN = "graft-token";
// The groups that a first integration needs, in the order of their use; the others follow.
const FIRST = ["workspaces", "api-keys", "integrations", "entities", "integration-versions", "integration-installs"];
const byId = (id) => document.getElementById(id);
let spec;

// An element with attributes (true: present, undefined or false: absent) and children; strings are text.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

// A description, with what stands between backticks as code.
function prose(text, attributes = {}) {
  return element("p", attributes, ...pieces(text).map((piece) => (piece.code ? element("code", {}, piece.text) : piece.text)));
}

// Schemas

const components = () => spec.components.schemas;

function typeText(schema) {
  if (schema.$ref) return refName(schema);
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.enum) return choices(schema).map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${typeText(schema.items ?? {})}`;
  if (schema.additionalProperties?.$ref) return `object of ${typeText(schema.additionalProperties)}`;
  return schema.format ?? [schema.type ?? "any JSON"].flat().join(" or ");
}

function limits(schema) {
  const found = [];
  for (const part of [schema, ...(schema.anyOf ?? [])]) {
    if (part.minLength !== undefined) found.push(`at least ${part.minLength} characters`);
    if (part.maxLength !== undefined) found.push(`at most ${part.maxLength} characters`);
    if (part.minItems !== undefined) found.push(`at least ${part.minItems}`);
    if (part.maxItems !== undefined) found.push(`at most ${part.maxItems}`);
    if (part.minimum !== undefined) found.push(`from ${part.minimum}`);
    if (part.maximum !== undefined) found.push(`up to ${part.maximum}`);
    if (part.examples) found.push(`such as ${part.examples.map((value) => JSON.stringify(value)).join(", ")}`);
    if (part.pattern !== undefined) found.push(likeText(part.pattern));
  }
  if (schema.default !== undefined && schema.default !== null) found.push(`default ${JSON.stringify(schema.default)}`);
  return found.join(", ");
}

// The component inside a list or an object, or beside null; undefined where there is none with keys to show.
function inner(schema) {
  if (schema.items) return inner(schema.items);
  if (schema.additionalProperties?.$ref) return inner(schema.additionalProperties);
  if (schema.anyOf) return schema.anyOf.map(inner).find((found) => found !== undefined);
  return resolved(schema, components()).properties ? schema : undefined;
}

function schemaView(schema) {
  const shape = resolved(schema, components());
  if (!shape.properties) return element("p", {}, element("code", {}, typeText(schema)), " ", limits(schema));
  const required = shape.required ?? [];
  const fields = Object.entries(shape.properties).map(([name, property]) => fieldView(name, property, required.includes(name)));
  const list = element("ul", { class: "fields" }, ...fields);
  return shape.description ? element("div", {}, prose(shape.description), list) : list;
}

function fieldView(name, schema, required, description = schema.description) {
  const item = element("li", {}, element("code", {}, name), " ", element("span", { class: "quiet" }, typeText(schema)));
  if (required) item.append(" ", element("span", { class: "required" }, "required"));
  const bounds = limits(schema);
  if (bounds) item.append(" ", element("span", { class: "quiet" }, bounds));
  if (description) item.append(prose(description));
  const deeper = inner(schema);
  if (deeper) item.append(folded(typeText(deeper), () => schemaView(deeper)));
  return item;
}

// Content that is made when it is first opened, so that schemas may refer to themselves.
function folded(title, make) {
  const made = element("details", {}, element("summary", {}, title));
  whenOpened(made, () => made.append(make()));
  return made;
}

function whenOpened(details, fill) {
  let filled = false;
  details.addEventListener("toggle", () => {
    if (details.open && !filled) {
      filled = true;
      fill();
    }
  });
}

// Calls

// Of a parameter that is JSON in a text, that of the JSON.
const parameterSchema = (parameter) => parameter.schema.contentSchema ?? parameter.schema;

function callView(method, path, operation) {
  const made = element(
    "details",
    { class: "call", id: operation.operationId },
    element(
      "summary",
      {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      " ",
      element("code", {}, path),
      element("span", { class: "quiet" }, operation.summary),
    ),
  );
  whenOpened(made, () => made.append(callDetails(method, path, operation)));
  return made;
}

function callDetails(method, path, operation) {
  const made = element("div", {}, operation.description ? prose(operation.description) : "");
  if (operation["x-publishable"]) made.append(element("p", { class: "note" }, "A publishable key may call this."));
  made.append(tryView(method, path, operation));
  const parameters = operation.parameters ?? [];
  if (parameters.length) {
    const fields = parameters.map((parameter) =>
      fieldView(parameter.name, parameterSchema(parameter), parameter.required, parameter.description),
    );
    made.append(element("h3", {}, "Parameters"), element("ul", { class: "fields" }, ...fields));
  }
  const body = bodySchema(operation);
  if (body) made.append(element("h3", {}, "Body ", element("small", {}, mediaTypeOf(operation))), schemaView(body));
  made.append(element("h3", {}, "Replies"), repliesView(operation));
  return made;
}

const bodySchema = (operation) => operation.requestBody?.content["application/json"]?.schema;

// Of a body that is a file, any will do.
const mediaTypeOf = (operation) => operation.requestBody && (bodySchema(operation) ? "application/json" : "application/octet-stream");

// Errors are all of one shape, which is shown once.
function repliesView(operation) {
  const items = Object.entries(operation.responses).map(([status, reply]) => {
    const meant = reply.$ref ? spec.components.responses[refName(reply)] : reply;
    const schema = Object.values(meant.content)[0].schema;
    const line = element("li", {}, element("code", {}, status), " ", ...prose(meant.description).childNodes);
    if (!reply.$ref) line.append(folded(typeText(schema), () => schemaView(schema)));
    return line;
  });
  const problem = { $ref: "#/components/schemas/ProblemDocument" };
  items.push(element("li", { class: "quiet" }, "Every error is one", folded(typeText(problem), () => schemaView(problem))));
  return element("ul", { class: "fields" }, ...items);
}

function inputView(id, parameter) {
  const schema = parameterSchema(parameter);
  const attributes = { id, name: parameter.name, required: parameter.required, "data-in": parameter.in };
  const values = schema.type === "boolean" ? ["false", "true"] : schema.enum && choices(schema);
  const input = values
    ? element("select", attributes, ...["", ...values].map((choice) => element("option", { value: choice }, choice || "–")))
    : element("input", { ...attributes, type: "text", autocomplete: "off", spellcheck: "false" });
  return element("div", { class: "field" }, element("label", { for: id }, parameter.name), input);
}

// The body to start from, and a button for each key that may be added to it.
function bodyView(id, operation) {
  const schema = bodySchema(operation);
  const label = element("label", { for: id }, schema ? "Body" : "Body (a file)", " ", element("small", {}, mediaTypeOf(operation)));
  if (!schema) return element("div", { class: "field" }, label, element("input", { id, name: "body", type: "file", required: true }));
  const input = element("textarea", { id, name: "body", spellcheck: "false" });
  input.value = JSON.stringify(proposed(schema, components()), null, 2);
  const keys = addable(schema, components()).map((name) => {
    const button = element("button", { type: "button", class: "key" }, `+ ${name}`);
    button.addEventListener("click", () => {
      input.value = withKey(input.value, name, proposed(resolved(schema, components()).properties[name], components()));
    });
    return button;
  });
  const add = keys.length ? element("p", { class: "keys" }, element("span", { class: "note" }, "Add: "), ...keys) : "";
  return element("div", { class: "field" }, label, input, add);
}

function tryView(method, path, operation) {
  const form = element("form", { class: "try" }, element("h3", {}, "Try it"));
  const inputs = (operation.parameters ?? []).map((parameter, index) => [parameter, inputView(`${operation.operationId}-${index}`, parameter)]);
  form.append(...inputs.filter(([parameter]) => parameter.required).map(([, input]) => input));
  const rest = inputs.filter(([parameter]) => !parameter.required).map(([, input]) => input);
  if (rest.length) form.append(element("details", {}, element("summary", {}, "Further parameters"), ...rest));
  if (operation.requestBody) form.append(bodyView(`${operation.operationId}-body`, operation));
  const button = element("button", {}, "Send");
  const shell = element("button", { type: "button", class: "plain" }, "Copy as curl");
  const status = element("p", { role: "status" });
  const result = element("div");
  form.append(button, " ", shell, status, result);
  shell.addEventListener("click", () => copyForShell(request(method, path, operation, form), status, result));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    status.replaceChildren("Waiting for the reply…");
    result.replaceChildren();
    try {
      await send(request(method, path, operation, form), status, result);
    } catch (error) {
      status.replaceChildren(element("span", { class: "bad" }, `No reply: ${error.message}`));
    }
    button.disabled = false;
  });
  return form;
}

// What the form says: where, and with which body.
function request(method, path, operation, form) {
  const url = new URL(`.${path}`, document.baseURI);
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") url.pathname = url.pathname.replace(`%7B${field.name}%7D`, encodeURIComponent(field.value.trim()));
    else if (field.value !== "") url.searchParams.append(field.name, field.value);
  }
  const field = form.elements.namedItem("body");
  const body = field && (field.files ? field.files[0] : field.value);
  return { method: method.toUpperCase(), url, body: body || undefined, file: Boolean(field?.files), mediaType: mediaTypeOf(operation) };
}

async function copyForShell({ method, url, body, file, mediaType }, status, result) {
  const text = forShell(method, url.href, file || body ? mediaType : undefined, file ? null : body);
  result.replaceChildren(element("pre", { tabindex: "0", "aria-label": "The call for a shell" }, text));
  try {
    await navigator.clipboard.writeText(text);
    status.replaceChildren("Copied. It takes the token from GRAFT_API_TOKEN.");
  } catch {
    status.replaceChildren("It takes the token from GRAFT_API_TOKEN.");
  }
}

async function send({ method, url, body, mediaType }, status, result) {
  const headers = {};
  const token = byId("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = mediaType;
  const start = performance.now();
  const options = { method, headers, cache: "no-store", credentials: "omit", redirect: "error" };
  const reply = await fetch(url, body ? { ...options, body } : options);
  const text = await reply.text();
  const took = Math.round(performance.now() - start);
  const shown = (reply.headers.get("content-type") ?? "").includes("json") ? indented(text) : text;
  status.replaceChildren(element("span", { class: reply.ok ? "good" : "bad" }, `${reply.status} ${reply.statusText}`), ` in ${took} ms`);
  result.replaceChildren(
    element("p", { class: "quiet" }, `Request id: ${reply.headers.get("x-request-id") ?? "none"}`),
    element("pre", { tabindex: "0", "aria-label": "Body of the reply" }, shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown),
  );
}

// JSON with line breaks; not through JSON.parse, which would round long numbers.
function indented(text) {
  let depth = 0;
  let result = "";
  let last = "";
  for (const token of text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []) {
    const opened = last === "{" || last === "[";
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (last === "," || opened !== closes) result += `\n${"  ".repeat(depth)}`;
    result += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth += 1;
    last = token;
  }
  return result;
}

// The page

function show() {
  byId("version").textContent = spec.info.version;
  const tags = spec.tags.map((tag) => tag.name);
  const groups = new Map([...FIRST.filter((tag) => tags.includes(tag)), ...tags].map((tag) => [tag, []]));
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      groups.get(operation.tags[0]).push(callView(method, path, operation));
    }
  }
  const sections = [...groups].map(([tag, calls]) =>
    element("section", { "aria-labelledby": `tag-${tag}` }, element("h2", { id: `tag-${tag}` }, tag), ...calls),
  );
  byId("tags").replaceChildren(...[...groups.keys()].map((tag) => element("a", { href: `#tag-${tag}` }, tag)));
  byId("calls").replaceChildren(byId("state"), ...sections);
  byId("state").textContent = "";
  openNamed();
}

// The call that the address names is open.
function openNamed() {
  const named = byId(decodeURIComponent(location.hash.slice(1)));
  if (named?.classList.contains("call")) {
    named.open = true;
    named.scrollIntoView();
  }
}

function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/);
  let left = 0;
  for (const section of document.querySelectorAll("main section")) {
    const calls = [...section.querySelectorAll(".call")];
    for (const call of calls) {
      const text = `${call.id} ${call.querySelector("summary").textContent}`.toLowerCase();
      call.hidden = !words.every((word) => text.includes(word));
    }
    section.hidden = calls.every((call) => call.hidden);
    left += calls.filter((call) => !call.hidden).length;
  }
  byId("state").textContent = words.join("") ? `${left} calls found` : "";
}

// For this tab alone, and gone with it. A browser that keeps nothing asks again.
function keepToken() {
  const token = byId("token");
  byId("bar").addEventListener("submit", (event) => event.preventDefault());
  try {
    token.value = sessionStorage.getItem(TOKEN) ?? "";
    token.addEventListener("input", () => sessionStorage.setItem(TOKEN, token.value.trim()));
  } catch {
    // it is forbidden here
  }
}

async function start() {
  try {
    const reply = await fetch(new URL("openapi.json", document.baseURI), { credentials: "omit" });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    spec = await reply.json();
    show();
  } catch (error) {
    byId("state").textContent = `openapi.json cannot be shown: ${error.message}`;
    return;
  }
  byId("search").addEventListener("input", search);
  keepToken();
  window.addEventListener("hashchange", openNamed);
}

start();
