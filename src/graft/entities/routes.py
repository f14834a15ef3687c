"""The endpoints of entities."""

from graft.entities.access import path_id, read_entity
from graft.entities.delete import delete_entity, purge_entity, restore_entity
from graft.entities.listing import LIST
from graft.entities.models import CreateEntity, Entity, EntityQuery, EntityVersion, UpdateEntity
from graft.entities.version_listing import LIST as VERSION_LIST
from graft.entities.version_listing import list_entity_versions
from graft.entities.write import create_entity, update_entity
from graft.web.endpoint import Endpoint
from graft.web.models import Success
from graft.web.needs import EDITOR, EDITOR_OF_OBJECT

_ONE = "/api/entities/{id}"
ENDPOINTS = [
    Endpoint(
        "GET",
        "/api/entities",
        LIST,
        "List entities: the workspace's own, and as published those that installs show.",
        Entity,
        list_resource=LIST.resource,
    ),
    Endpoint(
        "GET",
        _ONE + "/versions",
        list_entity_versions,
        "List an entity's versions.",
        EntityVersion,
        path_id=path_id,
        list_resource=VERSION_LIST.resource,
    ),
    Endpoint("GET", _ONE, read_entity, "Read an entity.", Entity, path_id=path_id, query=EntityQuery),
    Endpoint(
        "POST", "/api/entities", create_entity, "Create an entity.", Entity, status=201, body=CreateEntity, needs=EDITOR
    ),
    Endpoint(
        "PATCH",
        _ONE,
        update_entity,
        "Change an entity; an edited clone detaches.",
        Entity,
        path_id=path_id,
        body=UpdateEntity,
        needs=EDITOR_OF_OBJECT,
    ),
    Endpoint("DELETE", _ONE, delete_entity, "Delete softly.", Success, path_id=path_id),
    Endpoint("POST", _ONE + "/restore", restore_entity, "Restore a deleted entity.", Entity, path_id=path_id),
    Endpoint("DELETE", _ONE + "/purge", purge_entity, "Remove a deleted entity for ever.", Success, path_id=path_id),
]
