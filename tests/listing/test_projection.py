"""Rows as structs of a reply: columns in the order of its fields, ids with prefixes, and what cannot be shown so."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
import pytest
from msgspec import Meta

from graft import ids
from graft.db.connection import set_codecs
from graft.listing import (
    BOOL,
    DECIMAL,
    FALSE,
    INT,
    JSON,
    TEXT,
    TIMESTAMP,
    Computed,
    Field,
    Projection,
    Resource,
    Shown,
    enumeration,
    identifier,
    sql,
)


def _resource(**fields: Field) -> Resource[Any]:
    known = {"id": Field("t.id", identifier(lambda text: ids.parse("app", text), "app_"))}
    return Resource(name="apps", source=sql("apps t"), visible=lambda _: FALSE, fields={**known, **fields})


APPS = _resource(
    ownerId=Field("t.owner_id", identifier(lambda text: ids.parse("usr", text), "usr_"), nullable=True),
    objectId=Field("t.object_id", identifier(lambda text: ids.parse(text[:3], text))),
    isFree=Field("t.price = 0", BOOL),
    price=Field("t.price", DECIMAL),
    stars=Field("t.stars", INT, nullable=True),
    state=Field("t.state", enumeration("open", "closed")),
    manifest=Field("t.manifest", JSON),
    madeAt=Field("t.made_at", TIMESTAMP),
)


class App(msgspec.Struct, frozen=True, rename="camel"):
    manifest: msgspec.Raw
    id: Annotated[str, Meta(extra_json_schema={"pattern": f"^app_{ids.SUFFIX}$"})]
    owner_id: str | None
    object_id: str
    is_free: bool
    price: Decimal
    stars: int | None
    state: Literal["open", "closed", "lost"]
    made_at: datetime
    hint: str


OBJECT = Computed(lambda prefixes: lambda kind, found: f"{prefixes[kind]}_{found}", ("t.kind", "t.object_id"))
SHOWN: Shown = {"objectId": OBJECT, "hint": "upper(x.hint)"}


def test_columns_follow_the_struct_and_what_a_computed_field_needs_besides_stands_behind_all():
    assert Projection(APPS, App, SHOWN).columns.split(", ") == [
        "t.manifest as manifest",
        "t.id as id",
        "t.owner_id as owner_id",
        "t.kind as object_id",
        "t.price = 0 as is_free",
        "t.price as price",
        "t.stars as stars",
        "t.state as state",
        "t.made_at as made_at",
        "upper(x.hint) as hint",
        "t.object_id as object_id_1",
    ]


@pytest.mark.parametrize("owner", ["0" * 26, None])
async def test_a_row_becomes_a_struct_with_prefixed_ids_whatever_stands_behind_its_columns(
    shared_database_url: str, owner: str | None
):
    projection = Projection(APPS, App, SHOWN)
    connection = await asyncpg.connect(shared_database_url)
    await set_codecs(connection)
    try:
        row = await connection.fetchrow(
            f"""select {projection.columns}, 'more' as _more
                from (select '1' as id, $1::text as owner_id, 'fn' as kind, '2' as object_id, 0.50 as price, null as stars,
                  'open' as state, '{{}}'::json as manifest, timestamptz '2026-01-31T12:00:00Z' as made_at) t,
                  (select 'x' as hint) x""",
            owner,
        )
    finally:
        await connection.close()
    assert projection.width == len(row) - 1
    assert projection.reader({"fn": "fun"})(row) == App(
        manifest=msgspec.Raw(b"{}"),
        id="app_1",
        owner_id=owner and f"usr_{owner}",
        object_id="fun_2",
        is_free=False,
        price=Decimal("0.50"),
        stars=None,
        state="open",
        made_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        hint="X",
    )


def _reply(**fields: Any) -> type[msgspec.Struct]:
    return msgspec.defstruct("Reply", fields.items(), rename="camel")


@pytest.mark.parametrize(
    ("fields", "shown", "problem"),
    [
        ({"name": str}, {}, "name has no field of the resource, and nothing else says what it shows"),
        ({"id": str}, {"name": "t.name"}, "name is shown and no field of the reply"),
        ({"id": int}, {}, "id: the column is of type id, the field is <class 'int'>"),
        ({"made_at": str}, {}, "madeAt: the column is of type timestamp"),
        ({"is_free": int}, {}, "isFree: the column is of type bool"),
        ({"price": float}, {}, "price: the column is of type decimal"),
        ({"stars": int}, {}, "stars: the column may be null, the field may not"),
        ({"stars": str | None}, {}, "stars: the column is of type int"),
        ({"manifest": dict[str, Any]}, {}, "manifest: the column is of type json"),
        ({"state": Literal["open"]}, {}, "state: the column has ['closed'], which the field has not"),
        ({"object_id": str}, {}, "objectId: an id of several prefixes needs a Computed"),
        (
            {"owner_id": Annotated[str | None, Meta(extra_json_schema={"pattern": "^wsp_"})]},
            {},
            "ownerId: ids begin with usr_, which is not ^wsp_",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_when_it_is_declared(fields: Any, shown: Any, problem: str):
    with pytest.raises(ValueError, match="apps as Reply: ") as refused:
        Projection(APPS, _reply(**fields), shown)
    assert problem in str(refused.value)


def test_every_problem_is_said_at_once():
    with pytest.raises(ValueError, match=r"stars.*; .*state.*; .*name"):
        Projection(APPS, _reply(stars=int, state=Literal["open"], name=str), {})


def test_what_a_declaration_says_instead_needs_no_field_and_no_type():
    shown = Projection(APPS, _reply(id=str, name=str), {"name": "lower(t.name)"})
    assert shown.columns == "t.id as id, lower(t.name) as name"


def test_any_text_may_show_an_enumeration():
    assert Projection(_resource(kind=Field("t.kind", TEXT)), _reply(kind=str), {}).width == 1
    assert Projection(APPS, _reply(state=str), {}).width == 1
