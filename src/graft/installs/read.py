"""Read one install."""

from graft.ids import Id
from graft.installs import wire
from graft.installs.access import access_install
from graft.installs.models import Install
from graft.web.context import ReadContext


async def read_install(ctx: ReadContext, install_id: Id) -> Install:
    return wire.install(await access_install(ctx, install_id))
