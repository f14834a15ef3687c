"""The table of facts says what the source document says."""

import pytest

from tests.contract.table import SOURCE, TABLE, covers, facts, parse_source


def test_the_table_has_every_call_once():
    calls = [entry["call"] for entry in TABLE["calls"]]
    assert len(calls) == len(set(calls)) == 13


def test_whatever_goes_beyond_the_document_has_its_reason():
    for entry in TABLE["additions"]:
        assert len(entry.keys() & {"value", "request", "query"}) == 1
        assert entry["reason"].endswith(".")
        assert entry["of"] in facts() or "value" in entry


def test_the_table_says_what_the_document_says():
    if not SOURCE.is_file():
        pytest.skip("the source document is not beside this repository (../shared/seed/integrations-api.md)")
    said, kept = parse_source(SOURCE.read_text("utf-8")), facts()
    assert said.keys() == kept.keys()
    for call, fact in said.items():
        assert (fact.path, fact.query, fact.request) == (kept[call].path, kept[call].query, kept[call].request), call
        assert covers(fact.response, kept[call].response), call


def test_a_document_is_read_as_it_stands():
    text = """---
title: x
---

## POST /api/things/{id}

Do it.

**Path parameters**

- `id` (required): The thing.

**Query parameters**

- `limit` (optional): How many.
- `name` (optional):

**Request body**

```json
{"a": "string", "b?": ["string"]}
```

**Response**

```json
{"data": [{"id": "<...>"}], "kind": "a | b", "extra": {}}
```
"""
    found = parse_source(text)["POST /api/things/{id}"]
    assert (found.path, found.query, found.request) == ({"id"}, {"limit", "name"}, {"a": "string", "b?": ["string"]})
    assert covers(found.response, {"data": [{"id": "string"}], "kind": "a | b", "extra": {}})
    assert not covers(found.response, {"data": [{"id": "string", "more": "string"}], "kind": "a | b", "extra": {}})
    assert not covers(found.response, {"data": [{"id": "string"}], "kind": "a", "extra": {}})
