"""Find what makes an author's JSON Schema wrong, or unsafe to check values against, without running it."""

from collections.abc import Iterator
from functools import cache

from graft.errors import Problem, Problems
from graft.jsontext import Json
from graft.manifest.measure import measure
from graft.manifest.patterns import pattern_price
from graft.manifest.schema_cost import Costs, patterns_of
from graft.manifest.schema_walk import Schema, is_local, positions, resolve
from graft.manifest.schemas import Checker, compile_schema
from graft.manifest.shapes import Path, at

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH = 32
MAX_NODES = 50_000
MAX_KEY = 256
# The meta-schema applies so many schemas to each node, and each has something against a node that is none.
_VOCABULARIES = 8

# With these keywords a reference could mean another place than the one it names.
_REFUSED = (
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "$vocabulary",
)


def schema_problems(schema: Json) -> Problems:
    """The problems that keep values from being checked against `schema` safely. Without one, it compiles.

    Codes: `wrong-type, too-complex, unsupported-keyword, foreign-ref, dangling-ref, ref-cycle, unsafe-pattern,
    secret-variable, invalid-schema`.
    """
    if not isinstance(schema, dict):
        return Problems([at((), "wrong-type", "A schema is an object.")])
    size = measure(schema, MAX_NODES)
    if not size.whole or size.depth > MAX_DEPTH or size.key > MAX_KEY:
        detail = f"At most {MAX_NODES:,} values, nested at most {MAX_DEPTH} deep, keys of at most {MAX_KEY} characters."
        return Problems([at((), "too-complex", detail)])

    costs = Costs(schema)
    if costs.too_large:
        detail = "With every $ref followed and every pattern built, the schema is too large to check values against."
        return Problems([at((), "too-complex", detail)])

    return Problems(_each_problem(schema, size.nodes, costs)) or Problems(_compile_problems(schema))


def _each_problem(schema: Schema, nodes: int, costs: Costs) -> Iterator[Problem]:
    for problem in _meta_schema().problems(schema, most=nodes * _VOCABULARIES):
        yield Problem(problem.pointer, "invalid-schema", problem.detail)
    for path in costs.circles:
        detail = "The $ref leads back to a schema that it stands in; variables cannot be recursive."
        yield at(path, "ref-cycle", detail)
    for path, node in positions(schema):
        yield from _keyword_problems(path, node)
        yield from _ref_problems(schema, path, node)
        yield from _pattern_problems(path, node)
        yield from _secret_problems(path, node)


def _keyword_problems(path: Path, node: Schema) -> Iterator[Problem]:
    for keyword in _REFUSED:
        if keyword in node:
            yield at(
                (*path, keyword), "unsupported-keyword", f"{keyword} is not supported; use $ref to a place (#/$defs/…)."
            )
    if "$id" in node and path:
        yield at((*path, "$id"), "unsupported-keyword", "Only the root of the schema may have an $id.")
    if node.get("$schema", DIALECT) not in (DIALECT, DIALECT + "#"):
        yield at((*path, "$schema"), "unsupported-keyword", f"The schema is read as {DIALECT}.")


def _ref_problems(root: Schema, path: Path, node: Schema) -> Iterator[Problem]:
    ref = node.get("$ref")
    if not isinstance(ref, str):
        return
    if not is_local(ref):
        yield at((*path, "$ref"), "foreign-ref", "A $ref names a place in this schema (#/$defs/…); nothing is fetched.")
    elif resolve(root, ref) is None:
        yield at((*path, "$ref"), "dangling-ref", f"There is no schema at {ref[:200]}.")


def _pattern_problems(path: Path, node: Schema) -> Iterator[Problem]:
    for pattern in patterns_of(node):
        if pattern_price(pattern) is None:
            place: Path = ("pattern",) if node.get("pattern") == pattern else ("patternProperties", pattern)
            detail = (
                "The pattern is no regular expression that runs in linear time (no look-around, no back-references)."
            )
            yield at((*path, *place), "unsafe-pattern", detail)


def _secret_problems(path: Path, node: Schema) -> Iterator[Problem]:
    detail = "Variables hold no secrets: they are shown to everybody who sees the install. Use an auth state."
    if node.get("writeOnly") is True:
        yield at((*path, "writeOnly"), "secret-variable", detail)
    if node.get("format") == "password":
        yield at((*path, "format"), "secret-variable", detail)


def _compile_problems(schema: Schema) -> list[Problem]:
    try:
        compile_schema(schema)
    except ValueError as error:
        return [at((), "invalid-schema", str(error))]
    return []


@cache
def _meta_schema() -> Checker:
    return compile_schema({"$ref": DIALECT}, formats=False)
