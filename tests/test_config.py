"""Settings come from the environment alone, every bad one is named, and the secret is made once and kept close."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.config import ConfigError, Settings, load_secret

URL = "postgresql://owner:hunter2@db.example/graft"
SECRET = "0123456789abcdef0123456789abcdef"


def test_without_any_variable_there_is_a_default_for_all():
    settings = Settings.from_env({"XDG_DATA_HOME": "/home/ada/share"})
    assert settings == Settings(data_dir=Path("/home/ada/share/graft"))
    assert (settings.host, settings.port, settings.pool_size, settings.app_role) == ("127.0.0.1", 8000, 8, "graft_app")
    assert (settings.max_body, settings.max_body_integrations, settings.max_body_imports) == (2**20, 2**23, 2**25)
    assert settings.max_definition == 2**20
    assert (settings.max_members, settings.max_document, settings.workers) == (10_000, 2**26, 1)
    assert (settings.database_url, settings.migrate_url, settings.secret_key, settings.kinds_file) == (None,) * 4


@pytest.mark.parametrize("xdg", [{}, {"XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "not/absolute"}])
def test_data_lie_in_the_home_directory_but_roots_where_its_server_can_go(monkeypatch, xdg):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Settings.from_env({"HOME": "/home/ada", **xdg}).data_dir == Path("/home/ada/.local/share/graft")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Settings.from_env({"HOME": "/root", **xdg}).data_dir == Path("/var/lib/graft")


def test_every_variable_reaches_its_field():
    settings = Settings.from_env(
        {
            "GRAFT_DATABASE_URL": URL,
            "GRAFT_MIGRATE_URL": "postgres://migrator@db.example/graft",
            "GRAFT_DATA_DIR": "/srv/graft",
            "GRAFT_SECRET_KEY": SECRET,
            "GRAFT_KINDS": "/etc/graft/kinds.toml",
            "GRAFT_HOST": "10.0.0.1",
            "GRAFT_PORT": "80",
            "GRAFT_WORKERS": "4",
            "GRAFT_POOL_SIZE": "20",
            "GRAFT_APP_ROLE": "graft_service",
            "GRAFT_MAX_BODY": "2048",
            "GRAFT_MAX_BODY_INTEGRATIONS": "4096",
            "GRAFT_MAX_BODY_IMPORTS": "8192",
            "GRAFT_MAX_DOCUMENT": "16384",
            "GRAFT_MAX_DEFINITION": "32768",
            "GRAFT_MAX_MEMBERS": "50",
        }
    )
    assert settings == Settings(
        data_dir=Path("/srv/graft"),
        database_url=URL,
        migrate_url="postgres://migrator@db.example/graft",
        secret_key=SECRET.encode(),
        kinds_file=Path("/etc/graft/kinds.toml"),
        host="10.0.0.1",
        port=80,
        workers=4,
        pool_size=20,
        app_role="graft_service",
        max_body=2048,
        max_body_integrations=4096,
        max_body_imports=8192,
        max_document=16384,
        max_definition=32768,
        max_members=50,
    )


def test_a_relative_path_is_one_from_where_graft_starts():
    assert Settings.from_env({"GRAFT_DATA_DIR": "data"}).data_dir == Path.cwd() / "data"


def test_an_empty_variable_counts_as_absent():
    assert Settings.from_env({"HOME": "/h", "GRAFT_PORT": "", "GRAFT_DATABASE_URL": ""}) == Settings.from_env(
        {"HOME": "/h"}
    )


def test_all_bad_variables_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        Settings.from_env({"GRAFT_PORT": "http", "GRAFT_SECRET_KEY": "short", "GRAFT_APP_ROLE": "Graft"})
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "GRAFT_APP_ROLE",
        "GRAFT_PORT",
        "GRAFT_SECRET_KEY",
    ]
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GRAFT_DATABASE_URL", "mysql://db.example/graft"),
        ("GRAFT_MIGRATE_URL", "db.example"),
        ("GRAFT_SECRET_KEY", SECRET[:-1]),
        ("GRAFT_PORT", "0"),
        ("GRAFT_PORT", "65536"),
        ("GRAFT_PORT", "+80"),
        ("GRAFT_PORT", "٨٠"),
        ("GRAFT_PORT", "8" * 5000),
        ("GRAFT_POOL_SIZE", "0"),
        ("GRAFT_WORKERS", "0"),
        ("GRAFT_WORKERS", "257"),
        ("GRAFT_MAX_BODY", "1MiB"),
        ("GRAFT_MAX_MEMBERS", "-1"),
        ("GRAFT_APP_ROLE", "graft-app"),
        ("GRAFT_APP_ROLE", 'a"; drop role b; --'),
        ("GRAFT_APP_ROLE", "a" * 64),
        ("GRAFT_APP_ROLE", "pg_graft"),
    ],
)
def test_a_bad_value_is_refused_and_not_repeated(name, text):
    with pytest.raises(ConfigError) as caught:
        Settings.from_env({name: text})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{name} must ")
    assert text == "0" or text not in str(caught.value)


def test_a_misspelt_variable_is_an_error_that_names_the_right_one():
    with pytest.raises(ConfigError, match="GRAFT_DATABSE_URL is not a variable of Graft; GRAFT_DATABASE_URL is"):
        Settings.from_env({"GRAFT_DATABSE_URL": URL})


def test_variables_of_tests_and_of_others_are_let_be():
    Settings.from_env(
        {"GRAFT_TEST_DATABASE_URL": "x", "GRAFT_TORTURE": "1", "GRAFT_DEMO_V1": "x", "GRAFTED": "x", "graft_port": "x"}
    )


@given(st.dictionaries(st.sampled_from(["GRAFT_PORT", "GRAFT_HOST", "GRAFT_APP_ROLE", "GRAFT_KINDS"]), st.text()))
def test_any_text_gives_settings_or_a_config_error(environ):
    with suppress(ConfigError):
        Settings.from_env(environ)


def test_credentials_are_not_in_the_repr():
    settings = Settings(Path("/d"), database_url=URL, migrate_url=URL, secret_key=SECRET.encode())
    assert "hunter2" not in repr(settings)
    assert SECRET not in repr(settings)


def test_a_given_secret_is_used_and_no_file_is_made(tmp_path):
    assert load_secret(Settings(tmp_path, secret_key=SECRET.encode())) == SECRET.encode()
    assert list(tmp_path.iterdir()) == []


def test_with_a_database_url_the_secret_must_be_given(tmp_path):
    with pytest.raises(ConfigError, match=r"GRAFT_SECRET_KEY is missing.*openssl rand"):
        load_secret(Settings(tmp_path, database_url=URL))
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_for_its_user_alone(tmp_path):
    settings = Settings(tmp_path / "new" / "data")
    secret = load_secret(settings)
    assert len(secret) == 64
    assert load_secret(settings) == secret
    assert load_secret(Settings(tmp_path / "other")) != secret
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]
    assert (settings.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    # the file's text is what the variable takes, for the day of the move to a server of one's own
    moved = Settings.from_env({"GRAFT_SECRET_KEY": (settings.data_dir / "secret.key").read_text().strip()})
    assert load_secret(moved) == secret


def test_of_many_that_start_at_once_all_get_the_same_secret(tmp_path):
    for attempt in range(20):
        settings, together = Settings(tmp_path / str(attempt)), Barrier(8)

        def load(settings=settings, together=together):
            together.wait()
            return load_secret(settings)

        with ThreadPoolExecutor(8) as pool:
            assert len({future.result() for future in [pool.submit(load) for _ in range(8)]}) == 1
        assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]


def test_a_secret_that_others_may_read_is_refused(tmp_path):
    load_secret(Settings(tmp_path))
    (tmp_path / "secret.key").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_secret(Settings(tmp_path))


def test_a_secret_that_was_cut_short_is_refused(tmp_path):
    load_secret(Settings(tmp_path))
    (tmp_path / "secret.key").write_text("x" * 31)
    with pytest.raises(ConfigError, match="fewer than 32"):
        load_secret(Settings(tmp_path))


def test_a_data_directory_that_cannot_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=f"{tmp_path}/file"):
        load_secret(Settings(tmp_path / "file"))
