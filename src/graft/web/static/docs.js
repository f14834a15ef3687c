// Shows openapi.json and tries its calls. Whatever comes from a document or a reply enters the page as text.
"use strict";

const MOST_SHOWN = 200000;
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

// Schemas

const refName = (schema) => schema.$ref && schema.$ref.split("/").pop();
const resolved = (schema) => (schema.$ref ? spec.components.schemas[refName(schema)] : schema);

function typeText(schema) {
  if (schema.$ref) return refName(schema);
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `list of ${typeText(schema.items ?? {})}`;
  return schema.format ?? schema.type ?? "any JSON";
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
    if (part.pattern !== undefined) found.push(`like ${part.pattern}`);
  }
  if (schema.default !== undefined && schema.default !== null) found.push(`default ${JSON.stringify(schema.default)}`);
  return found.join(", ");
}

// The component inside a list or beside null; undefined where there is none with keys to show.
function inner(schema) {
  if (schema.items) return inner(schema.items);
  if (schema.anyOf) return schema.anyOf.map(inner).find((found) => found !== undefined);
  return resolved(schema).properties ? schema : undefined;
}

function schemaView(schema) {
  const shape = resolved(schema);
  if (!shape.properties) return element("p", {}, element("code", {}, typeText(schema)), " ", limits(schema));
  const required = shape.required ?? [];
  const fields = Object.entries(shape.properties).map(([name, property]) => fieldView(name, property, required.includes(name)));
  const list = element("ul", { class: "fields" }, ...fields);
  return shape.description ? element("div", {}, element("p", {}, shape.description), list) : list;
}

function fieldView(name, schema, required, description = schema.description) {
  const item = element("li", {}, element("code", {}, name), " ", element("span", { class: "quiet" }, typeText(schema)));
  if (required) item.append(" ", element("span", { class: "required" }, "required"));
  const bounds = limits(schema);
  if (bounds) item.append(" ", element("span", { class: "quiet" }, bounds));
  if (description) item.append(element("p", {}, description));
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

// A body to start from: what is required, else all of it.
function example(schema, depth = 0) {
  if (schema.anyOf) return example(schema.anyOf[0], depth);
  const shape = resolved(schema);
  if (shape.default !== undefined) return shape.default;
  if (shape.enum) return shape.enum[0];
  if (shape.type === "object") {
    const names = shape.required ?? Object.keys(shape.properties ?? {});
    return depth > 4 ? {} : Object.fromEntries(names.map((name) => [name, example(shape.properties[name], depth + 1)]));
  }
  return { array: [], boolean: false, integer: 0, number: 0, null: null }[shape.type] ?? "";
}

// Calls

const parameterSchema = (parameter) => parameter.schema ?? parameter.content["application/json"].schema;

function callView(method, path, operation) {
  const made = element(
    "details",
    { class: "call", id: operation.operationId },
    element(
      "summary",
      {},
      element("span", { class: "method" }, method.toUpperCase()),
      element("code", {}, path),
      element("span", { class: "quiet" }, operation.summary),
    ),
  );
  whenOpened(made, () => made.append(callDetails(method, path, operation)));
  return made;
}

function callDetails(method, path, operation) {
  const made = element("div", {}, operation.description ? element("p", {}, operation.description) : "");
  if (operation["x-publishable"]) made.append(element("p", { class: "note" }, "A publishable key may call this."));
  const parameters = operation.parameters ?? [];
  if (parameters.length) {
    const fields = parameters.map((parameter) =>
      fieldView(parameter.name, parameterSchema(parameter), parameter.required, parameter.description),
    );
    made.append(element("h3", {}, "Parameters"), element("ul", { class: "fields" }, ...fields));
  }
  const body = bodySchema(operation);
  if (body) made.append(element("h3", {}, "Body"), schemaView(body));
  made.append(element("h3", {}, "Replies"), repliesView(operation), tryView(method, path, operation));
  return made;
}

const bodySchema = (operation) => operation.requestBody?.content["application/json"]?.schema;

function repliesView(operation) {
  const items = Object.entries(operation.responses).map(([status, reply]) => {
    const meant = reply.$ref ? spec.components.responses[refName(reply)] : reply;
    const schema = Object.values(meant.content)[0].schema;
    return element("li", {}, element("code", {}, status), ` ${meant.description}`, folded(typeText(schema), () => schemaView(schema)));
  });
  return element("ul", { class: "fields" }, ...items);
}

function inputView(id, parameter) {
  const schema = parameterSchema(parameter);
  const attributes = { id, name: parameter.name, required: parameter.required, "data-in": parameter.in };
  const choices = schema.type === "boolean" ? ["false", "true"] : schema.enum;
  const input = choices
    ? element("select", attributes, ...["", ...choices].map((choice) => element("option", { value: choice }, choice || "–")))
    : element("input", { ...attributes, type: "text", autocomplete: "off", spellcheck: "false" });
  return element("div", { class: "field" }, element("label", { for: id }, parameter.name), input);
}

function bodyView(id, operation) {
  const schema = bodySchema(operation);
  const input = schema
    ? element("textarea", { id, name: "body", spellcheck: "false" })
    : element("input", { id, name: "body", type: "file", required: true });
  if (schema) input.value = JSON.stringify(example(schema), null, 2);
  return element("div", { class: "field" }, element("label", { for: id }, schema ? "Body (JSON)" : "Body (a file)"), input);
}

function tryView(method, path, operation) {
  const parameters = operation.parameters ?? [];
  const form = element("form", {}, element("h3", {}, "Try it"));
  parameters.forEach((parameter, index) => form.append(inputView(`${operation.operationId}-${index}`, parameter)));
  if (operation.requestBody) form.append(bodyView(`${operation.operationId}-body`, operation));
  const button = element("button", {}, "Send");
  const status = element("p", { role: "status" });
  const result = element("div");
  form.append(button, status, result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    status.replaceChildren("Waiting for the reply…");
    result.replaceChildren();
    try {
      await send(method, path, form, status, result);
    } catch (error) {
      status.replaceChildren(element("span", { class: "bad" }, `No reply: ${error.message}`));
    }
    button.disabled = false;
  });
  return form;
}

async function send(method, path, form, status, result) {
  const url = new URL(`.${path}`, document.baseURI);
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") url.pathname = url.pathname.replace(`%7B${field.name}%7D`, encodeURIComponent(field.value.trim()));
    else if (field.value !== "") url.searchParams.append(field.name, field.value);
  }
  const headers = {};
  const token = byId("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const field = form.elements.namedItem("body");
  const body = field && (field.files ? field.files[0] : field.value);
  if (body && !field.files) headers["Content-Type"] = "application/json";
  const start = performance.now();
  const options = { method: method.toUpperCase(), headers, cache: "no-store", credentials: "omit", redirect: "error" };
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
  const groups = new Map(spec.tags.map((tag) => [tag.name, []]));
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
  window.addEventListener("hashchange", openNamed);
}

start();
