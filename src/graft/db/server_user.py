"""The system user that the embedded PostgreSQL runs as, and the directories that it may enter."""

import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path

_SYSTEM_USER = "graft-postgres"


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be started or stopped; the text says what to do."""


def account_of_server() -> pwd.struct_passwd:
    """The system user that the server runs as: the present one; for root `graft-postgres`, created if need be."""
    try:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        with suppress(KeyError):
            return pwd.getpwnam(_SYSTEM_USER)

        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", _SYSTEM_USER]
        with suppress(FileNotFoundError):
            # looked up in PATH, as its place differs between systems; root's PATH is under root's control
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603  literals only
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError as error:
        raise EmbeddedError(
            "PostgreSQL runs as a system user with a name, and not as root:"
            f" run Graft as an ordinary user, or as root make a system user {_SYSTEM_USER}."
        ) from error


def make_home(data_dir: Path, account: pwd.struct_passwd) -> Path:
    """Create `<data_dir>/postgres` for the present user alone; root's also lets the server's user pass through.

    Raises `EmbeddedError` if it is another user's, or if the server's user cannot get there.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = data_dir.resolve() / "postgres"
    home.mkdir(mode=0o700, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"The database in {home} belongs to another user: run Graft as that one.")
    if account.pw_uid == os.geteuid():
        home.chmod(0o700)
        return home

    _let_pass(home, account)
    # a data directory that is not root's, or that others may enter already, was not made by us: it stays as it is
    if home.parent.stat().st_uid == os.geteuid() and not home.parent.stat().st_mode & 0o077:
        _let_pass(home.parent, account)
    for place in (home, *home.parents):
        if not may_pass(place, account):
            raise EmbeddedError(
                f"The server runs as {account.pw_name}, who cannot enter {place}."
                " Let GRAFT_DATA_DIR name another directory, such as /var/lib/graft."
            )
    return home


def _let_pass(directory: Path, account: pwd.struct_passwd) -> None:
    os.chown(directory, -1, account.pw_gid)
    directory.chmod(0o710)


def may_pass(directory: Path, account: pwd.struct_passwd) -> bool:
    """Whether the permission bits let this user pass through the directory."""
    status = directory.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.pw_gid else 0o001))


def make_owned(directory: Path, account: pwd.struct_passwd) -> None:
    """Create a directory that this user alone may enter."""
    directory.mkdir(mode=0o700)
    os.chown(directory, account.pw_uid, account.pw_gid)
