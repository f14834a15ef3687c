"""JSON Schemas of the three documents of a draft, for people and for editors that complete keys.

`Manifest`, `VariablesSchema` and `AuthConfig` are what publishing takes, as far as JSON Schema can say it;
`DraftManifest` and `DraftAuthConfig` are exactly what writing a draft takes: the same keys, and any text in them.
"""

from collections.abc import Mapping
from typing import Any, get_args

from graft import ids
from graft.manifest import auth_config, manifest, variables
from graft.manifest.policy import DEFAULT_POLICY, MemberPolicy
from graft.manifest.schema_lint import DIALECT, MAX_KEY

Schema = dict[str, Any]

_FREE = "Yours: Graft keeps it and does not read it. All together have at most 64 KiB."
_EXTENSIONS: Schema = {"^x-": {"description": _FREE}}
_TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"]


def component_schemas() -> dict[str, Schema]:
    """Name → schema. They refer to each other as components of an OpenAPI document (`#/components/schemas/…`)."""
    published = _manifest_schemas() | {"AuthConfig": _auth_config()}
    limits = {"AuthConfig": auth_config.MAX_TEXT}
    drafts = {f"Draft{name}": _draft(schema, limits.get(name, manifest.MAX_TEXT)) for name, schema in published.items()}
    drafts["DraftManifest"]["description"] = "A manifest that is being written; publishing asks for a `Manifest`."
    drafts["DraftAuthConfig"]["description"] = (
        "An auth config that is being written; publishing asks for an `AuthConfig`."
    )
    return {**published, **drafts, "VariablesSchema": _variables_schema(), "VariableSchema": _variable_schema()}


def _draft(tree: Any, max_text: int) -> Any:
    """The schema of a draft, from that of what may be published: keys, types and sizes stay.

    Values that a text must have become examples; its pattern goes.
    """
    if isinstance(tree, list):
        return [_draft(child, max_text) for child in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.get("type") == "string":
        hint = {"examples": tree["enum"]} if "enum" in tree else {}
        kept = {key: tree[key] for key in ("type", "description", "default") if key in tree}
        return {**kept, "maxLength": max_text, **hint}

    dropped = {"uniqueItems", "if", "then"}
    draft = {key: _draft(child, max_text) for key, child in tree.items() if key not in dropped}
    if "$ref" in draft:
        draft["$ref"] = _path("Draft" + draft["$ref"].rpartition("/")[2])
    return draft


def _manifest_schemas() -> dict[str, Schema]:
    return {
        "Manifest": _object(
            "Which entities an integration consists of, what it needs and what it presets.",
            {
                "members": _list(
                    "The entities, each once and each slug once; at most 10,000, where the server has no other limit.",
                    _ref("ManifestMember"),
                ),
                "dependencies": _list(
                    "The integrations that have to be installed beside it, each once.",
                    _ref("ManifestDependency"),
                    manifest.MAX_LISTED,
                ),
                "defaults": _ref("ManifestDefaults"),
                "permissions": _list(
                    "What an admin of the installing workspace has to accept, by exactly these names.",
                    {"type": "string", "minLength": 1, "maxLength": manifest.MAX_PERMISSION, "pattern": "[^ ]"},
                    manifest.MAX_LISTED,
                    unique=True,
                ),
                "allowMultipleInstalls": _flag(
                    "Whether a workspace may have several active installs of it under one parent."
                ),
            },
        )
        | {"patternProperties": _EXTENSIONS},
        "ManifestMember": _object(
            "An entity of the integration, and how installs take it.",
            {
                "slug": _text(
                    "Its name, which installs and upgrades go by: lower-case letters, digits, `.`, `_`, `-`.",
                    pattern=manifest.SLUG.pattern,
                ),
                "entityId": _text(
                    "The entity, such as `fun_…`, of the integration's workspace.", pattern=f"[a-z]{{3}}_{ids.SUFFIX}"
                ),
                "kind": _text("The kind of that entity, such as `function`."),
                "required": _flag("Every install takes it."),
                "defaultEnabled": _flag("An install with the policy `auto_defaults` takes it."),
                "forkOnInstall": _flag(
                    "True: the installing workspace gets a clone, which it may edit. False: it sees the author's."
                ),
                "dependsOn": _list(
                    "The slugs of members that come with it; in no circle.", {"type": "string"}, unique=True
                ),
            },
            "slug",
            "entityId",
            "kind",
        ),
        "ManifestDependency": _object(
            "An integration that has to be installed in the same workspace.",
            {
                "integration": _text("Its name, `publisher/slug`.", pattern=manifest.INTEGRATION.pattern),
                "range": _text("Which versions of it will do, as npm writes ranges: `^1.2.0`, `>=1.2.0 <2.0.0`."),
                "optional": _flag("Whether it may be absent."),
            },
            "integration",
            "range",
        ),
        "ManifestDefaults": _object(
            "What an install gets that does not say otherwise.",
            {
                "variables": {
                    "type": "object",
                    "description": "Values of variables; they come before the `default` of the variables schema.",
                },
                "memberPolicy": {
                    "type": "string",
                    "enum": list(get_args(MemberPolicy)),
                    "default": DEFAULT_POLICY,
                    "description": "What an install takes that names none: `auto_all` all, `auto_defaults` those with "
                    "`defaultEnabled`, `manual` only the required ones.",
                },
            },
        ),
    }


def _auth_config() -> Schema:
    schema = _object(
        "Which credentials an install needs, and where they are got and sent. They are no part of it themselves.",
        {
            "type": {
                "type": "string",
                "enum": list(get_args(auth_config.AuthType)),
                "default": "none",
                "description": "The type of the auth state that an install needs: `none`, `api_key` or `oauth2`.",
            },
            "scopes": _list(
                "Scopes of OAuth.",
                {"type": "string", "pattern": _whole(auth_config.SCOPE.pattern)},
                auth_config.MAX_SCOPES,
                unique=True,
            ),
            "authHeaderName": _text(
                "The header that carries the credential.",
                pattern=auth_config.TOKEN.pattern,
                longest=auth_config.MAX_HEADER,
            ),
            "authValuePrefix": _text(
                "What stands before the credential, such as `Bearer` and a blank.",
                pattern=auth_config.VISIBLE.pattern,
                longest=auth_config.MAX_HEADER,
            ),
            "authorizeUrl": _url("Where a user is sent to agree."),
            "tokenUrl": _url("Where a token is got."),
            "callbackUrl": _url("Where the user comes back to."),
        },
    )
    oauth = {"properties": {"type": {"const": "oauth2"}}, "required": ["type"]}
    return schema | {"if": oauth, "then": {"required": list(auth_config.NEEDED["oauth2"])}}


def _variables_schema() -> Schema:
    """An object of variables. A draft may hold any object here."""
    schemas = {"type": "object", "additionalProperties": _ref("VariableSchema")}
    return {
        "title": "VariablesSchema",
        "description": "The variables of an integration: JSON Schema 2020-12 of an object, without references outside.",
        "type": "object",
        "properties": {
            "$schema": {"enum": [DIALECT, f"{DIALECT}#"], "description": "The dialect; no other is read."},
            "type": {"anyOf": [{"const": "object"}, {"const": ["object"]}], "description": "An object of variables."},
            "properties": schemas
            | {
                "description": "The variables by name: `${variables.name}` in a definition stands for the value.",
                "propertyNames": {"pattern": _whole(variables.NAME.pattern)},
            },
            "required": {
                "type": "array",
                "items": {"type": "string"},
                "uniqueItems": True,
                "description": "The variables that an install has to bring, unless they have a default.",
            },
            "$defs": schemas | {"description": "Schemas that variables refer to by `#/$defs/name`."},
        },
        "propertyNames": {"maxLength": MAX_KEY},
    }


def _variable_schema() -> Schema:
    """The keywords of JSON Schema that editors should offer; others may stand beside them."""
    schema, text, count = _ref("VariableSchema"), {"type": "string"}, {"type": "integer", "minimum": 0}
    number = {"type": "number"}
    keywords: Mapping[str, tuple[Schema, str]] = {
        "type": (
            {"anyOf": [{"enum": _TYPES}, {"type": "array", "items": {"enum": _TYPES}}]},
            "The JSON type of a value, or several.",
        ),
        "title": (text, "A name for people."),
        "description": (text, "What it is for."),
        "default": ({}, "The value of an install that brings none; it fits this schema."),
        "examples": ({"type": "array"}, "Values that would do."),
        "enum": ({"type": "array"}, "The only values."),
        "const": ({}, "The only value."),
        "format": (text, "Such as `uri`, `email`, `date-time`. `password` is refused: secrets are auth states."),
        "pattern": (text, "A regular expression that runs in linear time: no look-around, no back-references."),
        "minLength": (count, "Characters at least."),
        "maxLength": (count, "Characters at most."),
        "minimum": (number, "The least number."),
        "maximum": (number, "The greatest number."),
        "items": (schema, "What each item of an array is."),
        "minItems": (count, "Items at least."),
        "maxItems": (count, "Items at most."),
        "uniqueItems": ({"type": "boolean"}, "Whether items differ from each other."),
        "properties": ({"type": "object", "additionalProperties": schema}, "Keys of an object, and what they hold."),
        "required": ({"type": "array", "items": text}, "Keys that an object must have."),
        "additionalProperties": (schema, "What further keys hold; `false` for none."),
        "anyOf": ({"type": "array", "minItems": 1, "items": schema}, "One of these at least."),
        "oneOf": ({"type": "array", "minItems": 1, "items": schema}, "Exactly one of these."),
        "allOf": ({"type": "array", "minItems": 1, "items": schema}, "All of these."),
        "$ref": ({"type": "string", "pattern": "^#"}, "A place in this schema, such as `#/$defs/name`."),
        "writeOnly": ({"const": False}, "Variables are seen by all who see the install: secrets are auth states."),
    }
    return {
        "title": "VariableSchema",
        "description": "What a value must be, in JSON Schema 2020-12; keywords that are not named here hold too.",
        "type": ["object", "boolean"],
        "properties": {name: shape | {"description": sentence} for name, (shape, sentence) in keywords.items()},
    }


def _object(description: str, properties: Mapping[str, Schema], *required: str) -> Schema:
    schema: Schema = {
        "description": description,
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return schema | ({"required": list(required)} if required else {})


def _text(description: str, *, pattern: str | None = None, longest: int | None = None) -> Schema:
    schema: Schema = {"type": "string", "description": description}
    if longest is not None:
        schema["maxLength"] = longest
    return schema | ({"pattern": _whole(pattern)} if pattern else {})


def _url(description: str) -> Schema:
    return {"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]://", "description": description}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "default": False, "description": description}


def _list(description: str, items: Schema, most: int | None = None, *, unique: bool = False) -> Schema:
    schema: Schema = {"type": "array", "items": items, "description": description}
    if most is not None:
        schema["maxItems"] = most
    return schema | ({"uniqueItems": True} if unique else {})


def _ref(name: str) -> Schema:
    return {"$ref": _path(name)}


def _path(name: str) -> str:
    return f"#/components/schemas/{name}"


def _whole(pattern: str) -> str:
    return f"^{pattern}$"
