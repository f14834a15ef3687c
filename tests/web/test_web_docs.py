"""The page that shows the API: all of it comes from Graft, and the browser may ask nobody else."""

import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from graft.app import CALLS
from graft.web.docs import pages
from support.world import running

PAGES = pages(CALLS, version="1")
HTML, SCRIPT, STYLE = (PAGES[path].body.decode() for path in ("/docs", "/docs/docs.js", "/docs/docs.css"))
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


class _Elements(HTMLParser):
    """(tag, attributes, text) of every element that has text or attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.script_text = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.script_text += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def _elements() -> _Elements:
    parser = _Elements()
    parser.feed(HTML)
    return parser


@pytest.mark.parametrize("path", list(PAGES))
async def test_a_page_is_read_by_anybody_under_a_strict_policy(path: str, database_url: str, app_role: str):
    async with running(database_url, app_role) as world:
        reply = await world.http.get(path)
        assert reply.status_code == 200
        assert dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")) == POLICY
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-request-id"]
        assert world.statements == []


def test_what_the_page_names_is_served_here():
    named = [attributes.get("href") or attributes.get("src") for _, attributes in _elements().found]
    files = [name for name in named if name and not name.startswith(("#", "data:"))]
    assert {f"/{name}" for name in files} == {"/openapi.json", "/docs/docs.js", "/docs/docs.css"}
    assert {f"/{name}" for name in files} <= set(PAGES)


def test_every_file_of_the_page_is_served():
    static = {file.name for file in (resources.files("graft.web") / "static").iterdir()}
    assert static == {"docs.html", "docs.js", "docs.css"}


def test_nothing_in_the_page_needs_more_than_its_policy_allows():
    elements = _elements()
    assert elements.script_text == ""
    for _, attributes in elements.found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_no_file_names_another_server():
    for text in (HTML, SCRIPT, STYLE):
        assert not re.search(r"https?:|//[a-z]|@import|url\(", text.replace("// ", ""))


def test_text_never_becomes_markup_or_code():
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|eval\(|new Function|javascript:"
    assert not re.search(forbidden, SCRIPT)


def test_a_token_stays_in_the_page():
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", SCRIPT)
    assert 'credentials: "omit"' in SCRIPT
    attributes = next(found for _, found in _elements().found if found.get("id") == "token")
    assert (attributes["type"], attributes["autocomplete"]) == ("password", "off")


def test_every_input_of_the_page_has_its_label():
    elements = _elements().found
    labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
    assert {attributes["id"] for tag, attributes in elements if tag in ("input", "select", "textarea")} == labelled


def test_the_page_is_small_and_fits_phones_and_the_dark():
    assert len(SCRIPT.splitlines()) < 400
    assert 'name="viewport" content="width=device-width' in HTML
    assert "prefers-color-scheme: dark" in STYLE
    assert '<html lang="en">' in HTML
