// As much of a browser as the page of the API needs to build itself: elements that remember what was done to them.
"use strict";

class Element {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, childNodes: [], listeners: {}, value: "", textContent: "" });
  }
  setAttribute(key, value) {
    this.attributes[key] = value;
  }
  append(...children) {
    this.childNodes.push(...children);
  }
  replaceChildren(...children) {
    this.childNodes = children;
  }
  addEventListener(type, listener) {
    (this.listeners[type] ??= []).push(listener);
  }
  // All elements inside, itself first.
  *inside() {
    yield this;
    for (const child of this.childNodes) if (child instanceof Element) yield* child.inside();
  }
}

const known = {};
const document = {
  baseURI: "http://graft/docs",
  getElementById: (id) => (id ? (known[id] ??= new Element("div")) : null),
  createElement: (name) => new Element(name),
};
const window = new Element("window");
const location = { hash: "" };
const sessionStorage = { getItem: () => null, setItem: () => undefined };
const fetch = async () => ({ ok: true, json: async () => JSON.parse(given) });
