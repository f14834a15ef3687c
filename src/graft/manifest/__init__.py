"""What an author writes (manifest, variables schema, auth config, versions and ranges), checked by pure code."""

from graft.manifest import auth_config, manifest, semver, urls, variables
from graft.manifest.json_schema import component_schemas
from graft.manifest.manifest import Manifest, ManifestMember
from graft.manifest.policy import MemberPolicy
from graft.manifest.range_change import compare_ranges
from graft.manifest.ranges import Range, parse_range
from graft.manifest.schemas import Checker, compile_schema
from graft.manifest.shapes import Path
from graft.manifest.widening import Widening

__all__ = [
    "Checker",
    "Manifest",
    "ManifestMember",
    "MemberPolicy",
    "Path",
    "Range",
    "Widening",
    "auth_config",
    "compare_ranges",
    "compile_schema",
    "component_schemas",
    "manifest",
    "parse_range",
    "semver",
    "urls",
    "variables",
]
