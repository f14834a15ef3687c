"""Find what a definition refers to, turn it into a template, and render the template for one install.

A definition is JSON text. In it a *reference* is a string that is an entity id as a whole (`"sch_01h…"`), and
`${variables.name}` in a string is a *placeholder* for a variable. A *template* is the same text with each reference to
another member written as `"${members.sch:<member slug>}"`, so that every install can fill in its own members' ids.

In a *data place* (`places.py`), such as under `example`, both are plain text. A template has such text escaped, so that
rendering need not know of places.

Everything here works on compact JSON as `jsontext.encode` writes it. In such text a quote that opens a value stands
behind `:`, `,` or `[`, a quote that closes a key stands before `:`, and quotes inside strings are escaped. So regular
expressions find whole string values exactly, and the JSON need not be parsed. It is parsed to make a template, and to
find references if there is a key that could make a data place.
"""

from graft.templates.abstract import Template, abstract, escape
from graft.templates.measure import (
    NO_VALUE,
    Measure,
    VariableValue,
    added_bytes,
    measure_template,
    rendered_size,
)
from graft.templates.placeholders import malformed_placeholders, placeholders, whole_placeholders
from graft.templates.places import DATA_KEYWORDS, Places
from graft.templates.references import Prefixes, Reference, reference_places, references
from graft.templates.render import MOST_BYTES, Parts, RenderedTooLarge, TemplateCache, render, render_open, split

__all__ = [
    "DATA_KEYWORDS",
    "MOST_BYTES",
    "NO_VALUE",
    "Measure",
    "Parts",
    "Places",
    "Prefixes",
    "Reference",
    "RenderedTooLarge",
    "Template",
    "TemplateCache",
    "VariableValue",
    "abstract",
    "added_bytes",
    "escape",
    "malformed_placeholders",
    "measure_template",
    "placeholders",
    "reference_places",
    "references",
    "render",
    "render_open",
    "rendered_size",
    "split",
    "whole_placeholders",
]
