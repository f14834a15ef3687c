"""Where the values of an install's variables come from: somebody gave them, or the version has them as defaults."""

import msgspec

from graft import jsontext
from graft.ids import Id
from graft.installs.listing import LIST
from graft.installs.models import VariableOrigins
from graft.web.context import ReadContext
from graft.web.row import access_row


class _State(msgspec.Struct, frozen=True):
    given: msgspec.Raw
    filled: msgspec.Raw


async def read_variable_origins(ctx: ReadContext, install_id: Id) -> VariableOrigins:
    """Of each variable that has a value."""
    state = await access_row(LIST, ctx, install_id, _State, given="w.given", filled="w.filled")
    given = jsontext.decode(bytes(state.given))
    filled = jsontext.decode(bytes(state.filled))
    return VariableOrigins({name: "set" if name in given else "default" for name in filled})
