"""A catalog of resources: whatever leads to nothing is refused when the program starts."""

from dataclasses import replace

import pytest

from graft.listing import Catalog
from tests.listing.toy import APPS, INSTALLS, MEMBERS


def test_a_name_leads_to_its_resource():
    catalog = Catalog([APPS, INSTALLS, MEMBERS])
    assert [catalog[name] for name in ("apps", "installs", "members")] == [*catalog] == [APPS, INSTALLS, MEMBERS]


def test_a_relation_to_a_resource_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="the relation members of installs leads to members, which is not in the cat"):
        Catalog([APPS, INSTALLS])


def test_a_resource_outside_of_the_catalog_must_lead_into_it():
    catalog = Catalog([replace(APPS, relations={})])
    catalog.check(replace(INSTALLS, relations={"app": INSTALLS.relations["app"]}))
    with pytest.raises(ValueError, match="the relation parent of installs leads to installs"):
        catalog.check(INSTALLS)


def test_two_resources_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two resources of the catalog have the name apps"):
        Catalog([APPS, replace(APPS, relations={}), INSTALLS, MEMBERS])
