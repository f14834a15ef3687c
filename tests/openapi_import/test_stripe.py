"""Two real documents, 14 months apart, as two imports of one integration."""

from collections import Counter
from pathlib import Path

import pytest

from graft.openapi_import.plan import Write, manifest_members, plan
from graft.openapi_import.read import read_document
from tests.openapi_import.documents import again, drafts, stored

DATA = Path(__file__).parents[3] / "shared" / "data"
FIRST = DATA / "stripe-openapi-2020-11-17.json.gz"
SECOND = DATA / "stripe-openapi-2022-01-12.json.gz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SECOND.exists(), reason="the Stripe documents are not in ../shared/data"),
]


def kinds(writes: tuple[Write, ...]) -> Counter[str]:
    return Counter(write.kind for write in writes)


def test_the_second_document_over_the_first_is_the_update_that_its_readme_counts():
    first = plan(drafts(read_document(FIRST.read_bytes())))
    assert kinds(first.added) == {"function": 362, "schema": 367}
    value = drafts(read_document(SECOND.read_bytes()))
    second = plan(value, stored(first.added))
    assert kinds(second.added) == {"function": 30, "schema": 139}
    assert kinds(second.changed) == {"function": 106, "schema": 85}
    assert Counter(type(entity.key).__name__ for entity in second.gone) == {"OperationKey": 2, "SchemaKey": 2}
    assert len(manifest_members(second)) == 390
    third = plan(value, stored(second.present))
    assert (third.added, third.changed, third.revived, third.gone) == ((), (), (), ())


def test_a_real_operation_reaches_hundreds_of_schemas():
    result = again(read_document(SECOND.read_bytes()), [])
    references = {f"sch_{write.id}": write.references for write in result.added if write.kind == "schema"}
    (operation,) = [write for write in result.added if write.name == "GetCustomersCustomer"]
    reached, frontier = set(), set(operation.references)
    while frontier:
        reached |= frontier
        frontier = {name for reference in frontier for name in references[reference]} - reached
    assert len(reached) > 290
