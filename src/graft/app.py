"""The composition root: the ASGI application from its settings."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import cache, partial

from starlette.applications import Starlette
from starlette.middleware import Middleware

from graft.auth.scope import ListResource
from graft.auth.secrets import derive
from graft.config import Settings
from graft.db.connection import Listener
from graft.entities.listing import RESOURCES as ENTITY_RESOURCES
from graft.entities.routes import ENDPOINTS as ENTITIES
from graft.entities.version_listing import RESOURCES as ENTITY_VERSION_RESOURCES
from graft.events.routes import ENDPOINTS as EVENTS
from graft.history.routes import ENDPOINTS as HISTORY
from graft.imports.routes import ENDPOINTS as IMPORTS
from graft.installs.listing import RESOURCES as INSTALL_RESOURCES
from graft.installs.routes import ENDPOINTS as INSTALLS
from graft.installs.solutions import RESOURCES as SOLUTION_RESOURCES
from graft.integrations.listing import RESOURCES as INTEGRATION_RESOURCES
from graft.integrations.routes import ENDPOINTS as INTEGRATIONS
from graft.kinds.registry import load_kinds
from graft.permissions.routes import ENDPOINTS as PERMISSIONS
from graft.plans.routes import ENDPOINTS as PLANS
from graft.upgrades.routes import ENDPOINTS as UPGRADES
from graft.versions.author_routes import ENDPOINTS as AUTHORS
from graft.versions.listing import RESOURCES as VERSION_RESOURCES
from graft.versions.routes import ENDPOINTS as VERSIONS
from graft.web.access_log import AccessLog, RequestLog
from graft.web.body import bodies_budget
from graft.web.context import Process
from graft.web.cors import preflight_answers
from graft.web.docs import page_answers
from graft.web.endpoint import Endpoint
from graft.web.handle import endpoint_answers
from graft.web.health import health_answers
from graft.web.relations import catalog_of
from graft.web.routing import Router
from graft.web.sending import replies_budget
from graft.web.serving import serving
from graft.workspaces.listing import RESOURCES as WORKSPACE_RESOURCES
from graft.workspaces.routes import ENDPOINTS as WORKSPACES

ENDPOINTS: list[Endpoint] = [
    *INTEGRATIONS,
    *IMPORTS,
    *ENTITIES,
    *INSTALLS,
    *UPGRADES,
    *PLANS,
    *HISTORY,
    *VERSIONS,
    *AUTHORS,
    *WORKSPACES,
    *PERMISSIONS,
    *EVENTS,
]

RESOURCES: list[ListResource] = [
    *WORKSPACE_RESOURCES,
    *ENTITY_RESOURCES,
    *ENTITY_VERSION_RESOURCES,
    *INTEGRATION_RESOURCES,
    *VERSION_RESOURCES,
    *INSTALL_RESOURCES,
    *SOLUTION_RESOURCES,
]
# The same for every application, and made for the first one: it takes 50 ms.
_pages = cache(partial(page_answers, ENDPOINTS))


def create_app(settings: Settings, *, dsn: str, secret: bytes, listeners: Sequence[Listener] = ()) -> Starlette:
    """The application on the migrated database at `dsn`; `listeners` hear every statement."""
    catalog, bodies = catalog_of(RESOURCES, ENDPOINTS), bodies_budget(settings)
    process = Process(settings, derive(secret), load_kinds(settings.kinds_file), catalog, bodies)
    reads = preflight_answers(ENDPOINTS)
    calls = {path: {**methods, **reads.get(path, {})} for path, methods in endpoint_answers(ENDPOINTS).items()}
    answers = {**_pages(), **health_answers(), **calls}
    log = None if settings.log == "off" else RequestLog(settings.log)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with serving(process, dsn, listeners) as (app.state.database, app.state.process):
            with log.writing() if log else nullcontext():
                yield

    logging = [Middleware(AccessLog, log)] if log else []
    return Starlette(lifespan=lifespan, middleware=[*logging, Middleware(Router, answers, replies_budget())])
