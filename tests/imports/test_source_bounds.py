"""What earlier documents of a source have left is bounded, and a reply names so much of it and no more."""

import pytest

from graft.imports import import_openapi
from tests.imports.test_rules import document, sent
from tests.support.world import World

pytestmark = pytest.mark.slow


async def test_a_source_whose_entities_have_too_many_bytes_takes_no_more_documents(world: World):
    alpha = await world.workspace("alpha")
    assert (await sent(alpha, document(3), source="shop")).status == 200
    await world.owner.execute("update entities set size = 100000000 where kind = 'function'")
    refused = await sent(alpha, document(4), source="shop")
    assert (refused.status, refused.code) == (409, "source-too-large")
    assert (await sent(alpha, document(4), source="other")).status == 200

    rows = await world.owner.fetch("select id from entities where kind = 'function' and size = 100000000")
    path = f"/api/entities/fun_{rows[0]['id']}"
    await alpha.delete(path)
    assert (await alpha.delete(f"{path}/purge")).status == 200
    assert (await sent(alpha, document(4), source="shop")).status == 200


async def test_the_reply_names_the_first_of_many_that_are_gone_and_counts_all(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(import_openapi, "_MOST_NAMED", 3)
    alpha = await world.workspace("alpha")
    await sent(alpha, document(5))
    reply = (await sent(alpha, document(1))).json
    assert (reply["operations"]["gone"], reply["schemas"]["gone"], len(reply["gone"])) == (4, 4, 3)
