"""Definitions with symbolic references and variables: find what a definition names, abstract it, render it again.

A definition is JSON text. In it a *reference* is a string that is, as a whole, an entity id (`"sch_01h…"`), and
`${variables.name}` in a string asks for a variable. A *template* is the same text with each reference to another member
written as `"${members.sch:<member slug>}"`, so that every install can fill in the ids of its own members.

Neither counts in a *data place* (`places.py`): what stands there is text. A template has such text escaped, so that
rendering needs to know nothing of places.

Everything here works on compact JSON as `jsontext.encode` writes it. In such text a quote that opens a value stands
behind `:`, `,` or `[`, a quote that closes a key stands before `:`, and quotes inside strings are escaped, so regular
expressions find whole string values exactly. A tree is built where a template is made, and where something that could
be a reference stands beside something that could be a data place.
"""

from graft.templates.abstract import Template, abstract, escape
from graft.templates.measure import Measure, Use, Value, added, measured, rendered_size
from graft.templates.placeholders import Placeholder, malformed_placeholders, whole_placeholders
from graft.templates.places import COMMON, DATA_KEYWORDS, Places
from graft.templates.references import Prefixes, Reference, reference_pointers, references
from graft.templates.render import Parts, TemplateCache, render, split

__all__ = [
    "COMMON",
    "DATA_KEYWORDS",
    "Measure",
    "Parts",
    "Placeholder",
    "Places",
    "Prefixes",
    "Reference",
    "Template",
    "TemplateCache",
    "Use",
    "Value",
    "abstract",
    "added",
    "escape",
    "malformed_placeholders",
    "measured",
    "reference_pointers",
    "references",
    "render",
    "rendered_size",
    "split",
    "whole_placeholders",
]
