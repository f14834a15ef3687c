"""Definitions with symbolic references and variables: find what a definition names, abstract it, render it again.

A definition is JSON text. In it a *reference* is a string that is, as a whole, an entity id (`"sch_01h…"`), and
`${variables.name}` in a string asks for a variable. A *template* is the same text with each reference to another member
written as `"${members.sch:<member slug>}"`, so that every install can fill in the ids of its own members.

Everything here works on compact JSON as `jsontext.encode` writes it. In such text a quote that opens a value stands
behind `:`, `,` or `[`, a quote that closes a key stands before `:`, and quotes inside strings are escaped, so regular
expressions find whole string values exactly and no tree is built.
"""

from graft.templates.abstract import Template, abstract
from graft.templates.references import Prefixes, Reference, reference_pointers, references
from graft.templates.render import Parts, TemplateCache, render, split

__all__ = [
    "Parts",
    "Prefixes",
    "Reference",
    "Template",
    "TemplateCache",
    "abstract",
    "reference_pointers",
    "references",
    "render",
    "split",
]
