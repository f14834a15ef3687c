"""Read the settings from the environment, once at start, and the installation's secret."""

import difflib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from graft.database_url import what_is_wrong

_MIB = 1024 * 1024
MOST_WORKERS = 256
LogForm = Literal["off", "requests", "json"]
_LOG_FORMS: tuple[LogForm, ...] = ("off", "requests", "json")
_SECRET_CHARACTERS = 32
_KEY_FILE = "secret.key"
_EVERY_INTERFACE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
_ROLE = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
# Variables of tests, of the demonstration and of the commands that call a server. A server ignores them.
_NOT_SETTINGS = re.compile(r"GRAFT_(TEST_\w+|DEMO_\w+|TORTURE|API_URL|API_TOKEN|ADMIN_TOKEN|WORKSPACE)")


class ConfigError(Exception):
    """Graft cannot start as it is configured; `problems` has one sentence for each thing to put right."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. Sizes are in bytes. What may hold a credential is not in the `repr`."""

    data_dir: Path
    # None: the embedded PostgreSQL in `data_dir`
    database_url: str | None = field(default=None, repr=False)
    # the login of the schema's owner, for migrations; None: the one of `database_url`
    migrate_url: str | None = field(default=None, repr=False)
    # seconds that one statement of a migration may take
    migrate_timeout: int = 300
    secret_key: bytes | None = field(default=None, repr=False)
    kinds_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    # processes that serve; each has a pool of `pool_size` connections
    workers: int = 1
    pool_size: int = 8
    app_role: str = "graft_app"
    max_body: int = _MIB
    max_body_integrations: int = 8 * _MIB
    max_body_imports: int = 32 * _MIB
    # an imported document, decompressed
    max_document: int = 64 * _MIB
    # a definition as it is written, and as it is rendered in an install
    max_definition: int = _MIB
    max_members: int = 10_000
    # an import: entities that it may make, seconds and MiB of memory that reading its document may take
    max_import_entities: int = 25_000
    max_import_seconds: int = 60
    max_import_memory: int = 2_048
    # whether totals of lists are cached; if not, each page counts anew
    total_cache: bool = True
    # the form of the lines about requests on stderr
    log: LogForm = "requests"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings of an environment; an empty variable counts as absent.

        Raises `ConfigError`, which names every bad and every unknown variable `GRAFT_…`.
        """
        values: dict[str, Any] = {"data_dir": _default_data_dir(environ)}
        problems: list[str] = []
        for name, text in sorted(environ.items()):
            if not name.startswith("GRAFT_") or _NOT_SETTINGS.fullmatch(name):
                continue
            if name not in _VARIABLES:
                problems.append(_unknown(name))
            elif text:
                field_name, read = _VARIABLES[name]
                try:
                    values[field_name] = read(text)
                except ValueError as error:
                    problems.append(f"{name} {error}.")

        if problems:
            raise ConfigError(*problems)
        return cls(**values)


def load_secret(settings: Settings) -> bytes:
    """The installation's secret, at least 32 bytes: `secret_key`, else the file in the data directory.

    The file is created when it is first needed. Raises `ConfigError`.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    if settings.database_url is not None:
        raise ConfigError(
            "GRAFT_SECRET_KEY is missing: with GRAFT_DATABASE_URL every process needs the same secret, so none is made."
            " Make one with `openssl rand -hex 32`, keep it safe, and give it to every process."
        )

    path = settings.data_dir / _KEY_FILE
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        exposed = path.stat().st_mode & 0o077
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"The secret in {path} cannot be used: {error.strerror}.") from error

    if exposed:
        raise ConfigError(f"Other users may read the secret in {path}. Run `chmod 600 {path}`.")
    if len(secret) < _SECRET_CHARACTERS:
        raise ConfigError(f"The secret in {path} has fewer than {_SECRET_CHARACTERS} characters.")
    return secret


def has_secret(settings: Settings) -> bool:
    """Whether `load_secret` would not have to create a secret."""
    given = settings.secret_key is not None or settings.database_url is not None
    return given or (settings.data_dir / _KEY_FILE).exists()


def url_of(host: str, port: int) -> str:
    """The URL by which a server that listens there is called from the same machine."""
    host = _EVERY_INTERFACE.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _make_secret(path: Path) -> None:
    """Write a new secret, so that the file appears complete or not at all.

    It is linked to its name, not renamed: of two processes the first wins, as a link does not replace a file.
    """
    draft = path.with_name(f".{_KEY_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(descriptor)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_DATA_HOME", "")
    if base.startswith("/"):
        return Path(base, "graft")
    if os.geteuid() == 0:
        # PostgreSQL does not run as root, and the user that it runs as cannot enter root's home
        return Path("/var/lib/graft")
    return Path(environ.get("HOME") or Path.home(), ".local", "share", "graft")


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, _VARIABLES, n=1)
    return f"{name} is not a variable of Graft" + (f"; {close[0]} is." if close else ".")


def _path(text: str) -> Path:
    return Path(text).absolute()


def _url(text: str) -> str:
    wrong = what_is_wrong(text)
    if wrong is not None:
        raise ValueError(wrong)
    return text


def _secret(text: str) -> bytes:
    if len(text) < _SECRET_CHARACTERS:
        raise ValueError(f"must have at least {_SECRET_CHARACTERS} characters; make one with `openssl rand -hex 32`")
    return os.fsencode(text)


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise ValueError(
            "must be at most 63 lower-case letters, digits and underscores, and not start with a digit or pg_"
        )
    return text


def _switch(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("must be on or off")
    return text == "on"


def _log_form(text: str) -> str:
    if text not in _LOG_FORMS:
        raise ValueError(f"must be one of {', '.join(_LOG_FORMS)}")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # the length is checked before the value: to convert a long text takes long
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


_VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "GRAFT_DATABASE_URL": ("database_url", _url),
    "GRAFT_MIGRATE_URL": ("migrate_url", _url),
    "GRAFT_MIGRATE_TIMEOUT": ("migrate_timeout", _whole(1, 604_800)),
    "GRAFT_DATA_DIR": ("data_dir", _path),
    "GRAFT_SECRET_KEY": ("secret_key", _secret),
    "GRAFT_KINDS": ("kinds_file", _path),
    "GRAFT_HOST": ("host", str),
    "GRAFT_PORT": ("port", _whole(1, 65_535)),
    "GRAFT_WORKERS": ("workers", _whole(1, MOST_WORKERS)),
    "GRAFT_POOL_SIZE": ("pool_size", _whole(1, 1_000)),
    "GRAFT_APP_ROLE": ("app_role", _role),
    "GRAFT_MAX_BODY": ("max_body", _whole(1_024, 1_024 * _MIB)),
    "GRAFT_MAX_BODY_INTEGRATIONS": ("max_body_integrations", _whole(1_024, 1_024 * _MIB)),
    "GRAFT_MAX_BODY_IMPORTS": ("max_body_imports", _whole(1_024, 1_024 * _MIB)),
    "GRAFT_MAX_DOCUMENT": ("max_document", _whole(1_024, 1_024 * _MIB)),
    "GRAFT_MAX_DEFINITION": ("max_definition", _whole(1_024, 64 * _MIB)),
    "GRAFT_MAX_MEMBERS": ("max_members", _whole(1, 100_000)),
    "GRAFT_MAX_IMPORT_ENTITIES": ("max_import_entities", _whole(1, 100_000)),
    "GRAFT_MAX_IMPORT_SECONDS": ("max_import_seconds", _whole(1, 3_600)),
    "GRAFT_MAX_IMPORT_MEMORY": ("max_import_memory", _whole(256, 65_536)),
    "GRAFT_TOTAL_CACHE": ("total_cache", _switch),
    "GRAFT_LOG": ("log", _log_form),
}
