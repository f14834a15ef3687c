"""What is an OpenAPI document that can be imported, and what is refused."""

from typing import Any

import pytest

from graft.openapi_import.extract import extract
from tests.openapi_import.documents import document, problems

INFO = {"title": "T", "version": "1"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"swagger": "2.0", "info": INFO, "paths": {}}, ("/swagger", "swagger")),
        ({"asyncapi": "2.6.0", "info": INFO, "channels": {}}, ("/asyncapi", "asyncapi")),
        ({"openapi": "2.0.0", "info": INFO, "paths": {}}, ("/openapi", "unsupported-version")),
        ({"openapi": "3.3.0", "info": INFO, "paths": {}}, ("/openapi", "unsupported-version")),
        ({"openapi": "3.10.0", "info": INFO, "paths": {}}, ("/openapi", "unsupported-version")),
        ({"openapi": True, "info": INFO, "paths": {}}, ("/openapi", "unsupported-version")),
        ({"openapi": 3, "info": INFO, "paths": {}}, ("/openapi", "unsupported-version")),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, ("", "not-openapi")),
        ({}, ("", "not-openapi")),
        ([], ("", "not-openapi")),
        (None, ("", "not-openapi")),
        ("openapi: 3.0.0", ("", "not-openapi")),
    ],
)
def test_what_is_not_openapi_3_0_or_3_1_is_refused(value: Any, problem: tuple[str, str]):
    assert problems(extract, value) == {problem}


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1", "3.0.0-rc1"])
def test_every_3_0_and_3_1_is_accepted(version: str):
    assert extract(document(openapi=version)).title == "Test"


def test_paths_are_required_in_3_0_and_optional_in_3_1():
    assert problems(extract, {"openapi": "3.0.0", "info": INFO}) == {("/paths", "missing-key")}
    assert extract({"openapi": "3.1.0", "info": INFO}).operations == ()


def test_wrong_types_of_the_parts_are_all_listed():
    value = {
        "openapi": "3.0.0",
        "info": {"title": ["T"]},
        "paths": {"no-slash": {}, "x-fine": 1},
        "components": {"schemas": [1], "parameters": 1, "responses": "none"},
    }
    assert problems(extract, value) == {
        ("/info/title", "wrong-type"),
        ("/paths/no-slash", "invalid-path"),
        ("/components/schemas", "wrong-type"),
        ("/components/parameters", "wrong-type"),
        ("/components/responses", "wrong-type"),
    }
    assert problems(extract, {"openapi": "3.1.0", "info": {}, "paths": [1], "components": 1}) == {
        ("/info/title", "missing-key"),
        ("/paths", "wrong-type"),
        ("/components", "wrong-type"),
    }
    assert problems(extract, {"openapi": "3.1.0"}) == {("/info", "missing-key")}


def test_title_and_version_are_those_of_the_document():
    extracted = extract(document() | {"info": {"title": "Pets", "version": 2}})
    assert (extracted.title, extracted.version) == ("Pets", "2")
