"""The pages that describe the API: the OpenAPI document, a page that shows it and tries its calls, and the first page.

Whatever the page loads comes from here, and its policy lets the browser ask nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata, resources

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from graft.web.endpoint import Endpoint
from graft.web.openapi import openapi_document
from graft.web.routing import Answer

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# Where each file of the page is served.
_FILES = {
    "/": ("index.html", "text/html"),
    "/docs": ("docs.html", "text/html"),
    "/docs/proposal.js": ("proposal.js", "text/javascript"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
    # as text, which a browser shows
    "/docs/tutorial": ("tutorial.md", "text/plain"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Something that anybody may read, the same for all."""

    body: bytes
    media_type: str

    def reply(self) -> Response:
        return Response(self.body, headers=_HEADERS, media_type=self.media_type)


def pages(endpoints: Sequence[Endpoint], *, version: str) -> Mapping[str, Page]:
    """The pages by path."""
    static = resources.files("graft.web") / "static"
    files = {path: Page((static / name).read_bytes(), media_type) for path, (name, media_type) in _FILES.items()}
    document = msgspec.json.encode(openapi_document(endpoints, version=version))
    return {"/openapi.json": Page(document, "application/json"), **files}


def page_answers(endpoints: Sequence[Endpoint]) -> Mapping[str, Mapping[str, Answer]]:
    """The answers of the pages by path and method."""
    found = pages(endpoints, version=metadata.version("graft"))
    answers: dict[str, Mapping[str, Answer]] = {path: {"GET": partial(_show, page)} for path, page in found.items()}
    return {**answers, "/docs/": {"GET": _to_docs}}


async def _show(page: Page, _request: Request, _request_id: str) -> Response:
    return page.reply()


async def _to_docs(_request: Request, _request_id: str) -> Response:
    return Response(status_code=308, headers={"Location": "../docs"})
