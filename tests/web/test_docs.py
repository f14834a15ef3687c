"""The page that shows the API: all of it comes from Graft, and the browser may ask nobody else."""

import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from graft.app import ENDPOINTS
from graft.web.docs import pages
from graft.web.openapi import openapi_document
from tests.support.world import World

PAGES = pages(ENDPOINTS, version="1")
HTML, FIRST, STYLE = (PAGES[path].body.decode() for path in ("/docs", "/", "/docs/docs.css"))
SCRIPTS = [PAGES[path].body.decode() for path in ("/docs/proposal.js", "/docs/docs.js")]
SCRIPT = "".join(SCRIPTS)
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


def _elements(html: str = HTML) -> _Elements:
    parser = _Elements()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("path", list(PAGES))
async def test_a_page_is_read_by_anybody_under_a_strict_policy(path: str, world: World):
    reply = await world.http.get(path)
    assert reply.status_code == 200
    assert dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")) == POLICY
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-request-id"]
    assert world.statements == []


def _named(html: str) -> list[str]:
    return [
        name for _, attributes in _elements(html).found if (name := attributes.get("href") or attributes.get("src"))
    ]


@pytest.mark.parametrize("html", [HTML, FIRST])
async def test_what_a_page_names_is_served_here(html: str, world: World):
    files = [name for name in _named(html) if not name.startswith(("#", "data:"))]
    assert {"openapi.json", "docs/docs.css", "docs/tutorial"} <= set(files)
    for name in files:
        assert (await world.http.get(f"/{name}")).status_code == 200, name


async def test_the_page_is_found_with_a_slash_too_many(world: World):
    reply = await world.http.get("/docs/")
    assert (reply.status_code, reply.headers["location"]) == (308, "../docs")


def test_the_order_of_use_names_calls_that_there_are():
    document = openapi_document(ENDPOINTS, version="1")
    known = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    named = {name.removeprefix("#") for name in _named(HTML) if name.startswith("#") and name != "#calls"}
    assert {"createIntegration", "publish", "install", "upgrade"} <= named <= known


def test_the_tutorial_is_the_one_of_the_documentation():
    assert PAGES["/docs/tutorial"].body == (Path(__file__).parents[2] / "docs" / "tutorial.md").read_bytes()


def test_every_file_of_the_page_is_served():
    static = {file.name for file in (resources.files("graft.web") / "static").iterdir()}
    assert static == {"index.html", "docs.html", "docs.js", "docs.css", "proposal.js", "tutorial.md"}
    assert len(PAGES) == len(static) + 1


@pytest.mark.parametrize("html", [HTML, FIRST])
def test_nothing_in_a_page_needs_more_than_its_policy_allows(html: str):
    elements = _elements(html)
    assert elements.script_text == ""
    for _, attributes in elements.found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_no_file_names_another_server():
    for text in (HTML, FIRST, SCRIPT, STYLE):
        assert not re.search(r"https?:|//[a-z]|@import|url\(", text.replace("// ", ""))


def test_text_never_becomes_markup_or_code():
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|eval\(|new Function|javascript:"
    assert not re.search(forbidden, SCRIPT)


def test_a_token_stays_in_the_tab():
    assert not re.search(r"localStorage|indexedDB|document\.cookie", SCRIPT)
    assert set(re.findall(r"sessionStorage\.\w+\((\w+)", SCRIPT)) == {"TOKEN"}
    assert 'credentials: "omit"' in SCRIPT
    attributes = next(found for _, found in _elements().found if found.get("id") == "token")
    assert (attributes["type"], attributes["autocomplete"]) == ("password", "off")


def test_every_input_of_the_page_has_its_label():
    elements = _elements().found
    labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
    assert {attributes["id"] for tag, attributes in elements if tag in ("input", "select", "textarea")} == labelled


def test_the_page_is_small_and_fits_phones_and_the_dark():
    assert max(len(script.splitlines()) for script in SCRIPTS) < 400
    assert 'name="viewport" content="width=device-width' in HTML
    assert "prefers-color-scheme: dark" in STYLE
    assert '<html lang="en">' in HTML
