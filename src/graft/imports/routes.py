"""The endpoints that import documents."""

from graft.config import Settings
from graft.imports.import_openapi import import_openapi
from graft.imports.models import Imported, ImportQuery
from graft.imports.prepare import read_import
from graft.web.endpoint import Endpoint
from graft.web.needs import EDITOR


def _limit(settings: Settings) -> int:
    return settings.max_body_imports


ENDPOINTS = [
    Endpoint(
        "POST",
        "/api/entities/import-openapi",
        import_openapi,
        "Import an OpenAPI document, JSON or YAML, plain or gzipped.",
        Imported,
        query=ImportQuery,
        body_raw=True,
        needs=EDITOR,
        prepare=read_import,
        body_limit=_limit,
    ),
]
