"""What the lists of slices lead to is joined when the application starts, and not before."""

import pytest

import graft.app
from graft.app import ENDPOINTS, RESOURCES, create_app
from graft.auth.caller import Caller, Tier
from graft.auth.scope import Scope
from graft.config import Settings
from graft.ids import new_id
from graft.listing import FALSE
from graft.web.relations import catalog_of


@pytest.mark.parametrize("missing", [resource.name for resource in RESOURCES])
def test_an_application_without_a_resource_that_relations_lead_to_does_not_start(
    missing: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graft.app, "RESOURCES", [resource for resource in RESOURCES if resource.name != missing])
    with pytest.raises(ValueError, match=f" leads to {missing}, which is not in the catalog"):
        create_app(Settings.from_env({}), dsn="", secret=b"a secret of thirty-two bytes or more")


def test_what_is_only_listed_must_lead_somewhere_too():
    reached = [resource for resource in RESOURCES if resource.name == "workspaces"]
    with pytest.raises(ValueError, match="leads to"):
        catalog_of(reached, ENDPOINTS)


def test_a_publishable_key_is_led_only_to_what_it_may_list():
    scope = Scope(Caller(new_id(), "publishable", new_id(), {new_id(): Tier.VIEWER}))
    seen = {resource.name for resource in catalog_of(RESOURCES, ENDPOINTS) if resource.visible(scope) != FALSE}
    assert seen == {"integrations", "integration-versions"}
