"""When each key was last used: noted in memory, written in batches, so that a request never waits for it."""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial

from graft.background import repeating
from graft.db.connection import Database
from graft.db.errors import ReadOnly
from graft.errors import Unavailable
from graft.ids import Id

_log = logging.getLogger("graft")

_SECONDS = 30

# Never back in time: another process may have written a later use.
_WRITE = """
update api_keys k set last_used_at = n.used_at
from unnest($1::uuid[], $2::timestamptz[]) as n(id, used_at)
where k.id = n.id and (k.last_used_at is null or k.last_used_at < n.used_at)
"""


class LastUsed:
    """The uses that are not written yet, at most one a key."""

    def __init__(self) -> None:
        self._noted: dict[Id, datetime] = {}

    def note(self, key_id: Id, moment: datetime) -> None:
        self._noted[key_id] = moment

    async def write(self, database: Database) -> None:
        """Write what is noted; what cannot be written now stays noted, unless there was a later use meanwhile."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        written = False
        try:
            async with database.writing() as db:
                await db.execute(_WRITE, list(noted), list(noted.values()))
            written = True
        except ReadOnly:
            pass  # a standby: until it is promoted, they stay noted
        except Unavailable:
            _log.warning("the last use of %d keys could not be written yet", len(noted))
        finally:
            if not written:
                self._noted = noted | self._noted

    def writing_to(self, database: Database, seconds: float = _SECONDS) -> AbstractAsyncContextManager[None]:
        """While this is open, what is noted is written every half minute, and the rest at its end."""
        return repeating("writing the last use of keys", partial(self.write, database), seconds, at_the_end=True)
