"""`walk`: a page far down a list against the first one."""

from urllib.parse import urlencode

from bench import machine
from bench.calls import Caller
from bench.database import Postgres
from bench.load import Requests
from bench.marketplace import Marketplace
from bench.peers import PAGE
from bench.reading import filled, load_table
from bench.result import Log, Options, Result
from bench.rounds import Subject, rate_ratio, under_load
from bench.servers import Server, graft

_ROWS = 200_000
_DEEP = 5_000
_LARGEST_PAGE = 100


def run(server: Postgres, options: Options, log: Log) -> Result:
    rows = min(options.rows, _ROWS)
    market = filled(server, rows, log)
    with graft(market.dsn) as running:
        page = min(_DEEP, rows // 2 // PAGE)
        log(f"walking to page {page:,}")
        cursor = _cursor_before(running, market, page)
        first, deep = "page 1", f"page {page:,}"
        subjects = [
            Subject(first, running, _requests(market)),
            Subject(deep, running, _requests(market, cursor)),
        ]
        series = under_load(subjects, server.pid, options, log)
    text = (
        f"{rows:,} integrations; the public ones, newest first, {PAGE} a page with the total, walked by cursors.\n"
        f"{machine.described(server.version)}\n\n{load_table(series, first)}"
    )
    return Result({"deep_vs_first": rate_ratio(series[first], series[deep])}, text, options.client)


def _path(limit: int, after: str | None = None) -> str:
    question = {"visibility": "public", "limit": limit} | ({"after": after} if after else {})
    return f"/api/integrations?{urlencode(question)}"


def _requests(market: Marketplace, after: str | None = None) -> Requests:
    return Requests([_path(PAGE, after)], headers={"Authorization": f"Bearer {market.token}"})


def _cursor_before(server: Server, market: Marketplace, page: int) -> str:
    """The cursor at the end of the page before: a cursor is not bound to the size of pages, so large ones lead there."""
    caller = Caller(server.port, market.token, market.workspace_id)
    left, cursor = (page - 1) * PAGE, None
    while left:
        size = min(left, _LARGEST_PAGE)
        cursor = caller.call("GET", _path(size, cursor)).json["pageInfo"]["endCursor"]
        left -= size
    assert cursor is not None
    return cursor
