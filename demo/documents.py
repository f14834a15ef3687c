"""The documents of the demonstration: read from a file, and given the two variables that every operation uses.

The reading is the demonstration's own, as is the comparison that rests on it: what the importer gets wrong shows up.
"""

import gzip
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from graft.cli.failure import Code, Failure, reason
from graft.jsontext import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# What an install gives for the variables of `with_variables`.
VARIABLES = {"apiBase": "https://api.example.com/v1", "accountId": "acct-4711"}
VARIABLES_SCHEMA = {
    "type": "object",
    "properties": {name: {"type": "string", "minLength": 1} for name in VARIABLES},
    "required": list(VARIABLES),
}
HEADER = "X-Graft-Demo-Account"
_COMPONENT = "graftDemoAccount"
_GZIP_MAGIC = b"\x1f\x8b"


class _Yaml(yaml.CSafeLoader):
    """YAML with the plain scalars of JSON only, and text as the keys of objects: `200`, `090` and dates."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - so declared by the library


def _plain(tag: str, pattern: str, starts: str) -> None:
    _Yaml.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), list(starts))


def _mapping(loader: _Yaml, node: yaml.MappingNode) -> dict[str, Json]:
    return {str(loader.construct_scalar(key)): loader.construct_object(value, deep=True) for key, value in node.value}


def _fraction(loader: _Yaml, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_plain("null", "~|null|Null|NULL", "~nN")
_Yaml.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])
_plain("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_plain("int", "[-+]?(?:0|[1-9][0-9]*)", "-+0123456789")
_plain("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789")
_Yaml.add_constructor("tag:yaml.org,2002:map", _mapping)
_Yaml.add_constructor("tag:yaml.org,2002:float", _fraction)


def read(path: Path) -> Json:
    """The value of a JSON or YAML file, plain or gzipped; fractions as `Decimal`. Raises `Failure`."""
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP_MAGIC):
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
        try:
            return json.loads(text, parse_float=Decimal)
        except ValueError:
            return yaml.load(text, _Yaml)  # noqa: S506 - a safe loader, with other scalars
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.", Code.WRONG_USAGE) from error
    except (EOFError, ValueError, yaml.YAMLError) as error:
        raise Failure(f"{path} cannot be read: {reason(error)}.") from error


def with_variables(document: Json) -> Json:
    """The document with `${variables.apiBase}` as its only server and `${variables.accountId}` in a header parameter.

    Every operation has both then, so both are in every definition. What is no OpenAPI stays as it is, to be refused.
    """
    if not isinstance(document, dict) or not isinstance(document.get("paths", {}), dict):
        return document
    components = document.get("components")
    components = dict(components) if isinstance(components, dict) else {}
    components["parameters"] = {
        **components.get("parameters", {}),
        _COMPONENT: {
            "name": HEADER,
            "in": "header",
            "required": True,
            # not in an enum: what stands there is data, in which nothing is filled in
            "description": "${variables.accountId}",
            "schema": {"type": "string"},
        },
    }
    if "pathItems" in components:
        components["pathItems"] = {name: _path_item(item) for name, item in components["pathItems"].items()}
    return {
        **document,
        "servers": [{"url": "${variables.apiBase}"}],
        "paths": {path: _path_item(item) for path, item in document.get("paths", {}).items()},
        "components": components,
    }


def _path_item(item: Json) -> Json:
    if not isinstance(item, dict):
        return item
    return {
        name: _operation(value) if name in METHODS and isinstance(value, dict) else value
        for name, value in item.items()
        if name != "servers"
    }


def _operation(operation: Mapping[str, Json]) -> dict[str, Json]:
    changed = {name: value for name, value in operation.items() if name != "servers"}
    changed["parameters"] = [*operation.get("parameters", []), {"$ref": f"#/components/parameters/{_COMPONENT}"}]
    return changed


def title(document: Json) -> str:
    """The title of an API, for people."""
    info = document.get("info") if isinstance(document, dict) else None
    return str(info.get("title") or "An API") if isinstance(info, dict) else "An API"
