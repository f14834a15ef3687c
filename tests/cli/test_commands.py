"""The commands that prepare and fill a server."""

import asyncio
import gzip
import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.support.database import connected, execute
from tests.support.processes import command, environment, external, free_port, graft, read_until, started

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples" / "helpdesk"


def test_migrate_brings_a_database_to_the_schema_once(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    first, second = graft("migrate", env=env), graft("migrate", env=env)
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("Applied: 0001_initial.sql, ")
    assert second.stdout == "Nothing to do.\n"


def test_bootstrap_prints_both_tokens_once(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    made = graft("bootstrap", "--email", "ada@example.com", "--name", "Ada", "--workspace", "acme", env=env)
    assert made.returncode == 0, made.stderr
    words = made.stdout.split()
    assert [word[:4] for word in words if "_" in word] == ["usr_", "tok_", "wsp_", "sec_"]
    assert {"ada@example.com", "acme"} <= set(words)
    again = graft("bootstrap", env=env)
    assert again.returncode == 5
    assert again.stderr.startswith("graft: There is a platform admin already. `")
    assert "graft token` makes a new token of theirs.\n" in again.stderr
    assert not again.stdout


def test_bootstrap_tells_what_is_wrong_with_its_options(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    done = graft("bootstrap", "--email", "nobody", "--workspace", "A B", env=env)
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()[1:]] == ["  --email", "  --workspace"]
    assert graft("bootstrap", "--email", "ada", env=env).stderr.startswith("graft: --email: ")


def test_bootstrap_for_a_shell_sets_what_the_commands_read(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role), GRAFT_PORT="8123")
    made = graft("bootstrap", "--shell", env=env)
    assert made.returncode == 0, made.stderr
    shell = ["/bin/bash", "-c", 'eval "$1"; env', "bash", made.stdout]
    printed = subprocess.run(shell, env={}, capture_output=True, text=True, check=True)  # noqa: S603
    variables = dict(line.split("=", 1) for line in printed.stdout.splitlines())
    assert variables["GRAFT_API_URL"] == "http://127.0.0.1:8123"
    assert [variables[f"GRAFT_{name}"][:4] for name in ("API_TOKEN", "ADMIN_TOKEN", "WORKSPACE")] == [
        "sec_",
        "tok_",
        "wsp_",
    ]
    # they stand in the environment of every later command
    assert graft("doctor", env={**env, **variables}).returncode == 0


def test_token_gives_who_owns_the_database_a_new_session(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    assert graft("token", env=env).returncode == 5
    graft("bootstrap", "--email", "ada@example.com", env=env)
    made = graft("token", env=env)
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"tok_[0-9A-Za-z]{36}\n", made.stdout)
    assert made.stderr.startswith("A session of ada@example.com: apikey_")
    assert set(json.loads(graft("token", "--json", env=env).stdout)) == {"userId", "email", "apiKeyId", "token"}
    unknown = graft("token", "--user", "eve@example.com", env=env)
    assert (unknown.returncode, unknown.stdout) == (4, "")
    assert "There are: ada@example.com." in unknown.stderr


def test_another_secret_than_the_databases_is_refused_by_all_that_use_it(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    assert graft("bootstrap", env=env).returncode == 0
    other = {**env, "GRAFT_SECRET_KEY": "another secret of thirty-two characters"}
    for words in (("serve", "--port", str(free_port())), ("token",)):
        done = graft(*words, env=other)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("graft: This is not the secret that this database was made with")
    code, found = _findings(other)
    assert (code, found["bad"][0][:32]) == (1, "This is not the secret that this")
    assert "the secret is the database's" in _findings(env)[1]["ok"]


def test_migrations_of_a_database_in_use_are_told_with_a_word_on_backups(data_dir, database_url, app_role):
    env = environment(data_dir, **external(database_url, app_role))
    last = asyncio.run(_forget_a_migration(database_url))
    done = graft("migrate", env=env)
    assert (done.returncode, done.stdout) == (0, f"Applied: {last}.sql.\n")
    before, after = done.stderr.splitlines()
    assert "1 migration will be applied" in before
    assert "backup" in before
    assert after == f"1 migration applied: {last}."


async def _forget_a_migration(url):
    """Its name; afterwards the database is as it was before it."""
    async with connected(url) as owner:
        await owner.execute("drop table secret_check")
        statement = "delete from graft_migrations where name like '%_secret_check.sql' returning name"
        name = await owner.fetchval(statement)
    assert name is not None
    return name.removesuffix(".sql")


def test_doctor_tells_of_a_login_that_may_not_act_as_the_role(data_dir, database_url, app_role, run):
    login = f"{run.app_role}_service"
    asyncio.run(execute(database_url, f'create role "{login}" login'))
    try:
        separator = "&" if "?" in database_url else "?"
        url = f"{database_url}{separator}options=-crole%3D{login}"
        code, found = _findings(environment(data_dir, **external(url, app_role)))
        assert (code, len(found["bad"])) == (1, 1)
        assert f'run `grant "{app_role}" to {login}`' in found["bad"][0]
    finally:
        asyncio.run(execute(database_url, f'drop role "{login}"'))


def test_doctor_names_the_version_of_the_server_as_it_does(data_dir, database_url, app_role):
    env = environment(data_dir, **external(database_url, app_role))
    version = str(asyncio.run(_value(database_url, "show server_version"))).split()[0]
    assert f"PostgreSQL {version}" in _findings(env)[1]["ok"]
    listed = json.loads(graft("doctor", "--json", env=env).stdout)
    assert {"state": "ok", "text": f"PostgreSQL {version}"} in listed


async def _value(url, statement):
    async with connected(url) as owner:
        return await owner.fetchval(statement)


def test_import_makes_entities_and_the_members_of_a_draft(data_dir, empty_database_url, app_role, tmp_path):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server:
        read_until(server, "/docs)")
        made = json.loads(graft("bootstrap", "--json", env=env).stdout)
        client = {"GRAFT_API_URL": f"http://127.0.0.1:{port}", "GRAFT_API_TOKEN": made["secretKey"]}
        headers = {"Authorization": f"Bearer {made['secretKey']}"}
        with httpx.Client(base_url=client["GRAFT_API_URL"], headers=headers) as http:
            body = {"workspaceId": made["workspaceId"], "slug": "helpdesk", "name": "Helpdesk"}
            draft = http.post("/api/integrations", json=body).json()["id"]
            options = ["--workspace", made["workspaceId"], "--source", "helpdesk", "--integration", draft]

            first = graft("import", str(EXAMPLES / "v1.yaml"), *options, env={**env, **client})
            assert first.stdout == "operations: 12 added\nschemas: 20 added\nsource: helpdesk\n", first.stderr
            assert first.returncode == 0
            assert len(http.get(f"/api/integrations/{draft}").json()["manifest"]["members"]) == 12

        (tmp_path / "v2").write_bytes(gzip.compress((EXAMPLES / "v2.yaml").read_bytes()))
        second = graft("import", str(tmp_path / "v2"), *options, env={**env, **client})
        assert "operations: 3 added, 4 changed, 7 unchanged, 1 gone" in second.stdout
        assert "left as it is: close-ticket (fun_" in second.stdout

        named = {**client, "GRAFT_WORKSPACE": "main"}
        third = ("import", "-", "--integration", "helpdesk", "--source", "helpdesk", "--json")
        text = (EXAMPLES / "v2.yaml").read_bytes()
        piped = subprocess.run(  # noqa: S603
            command(*third), env={**env, **named}, input=text, capture_output=True, check=False
        )
        assert piped.returncode == 0, piped.stderr
        assert json.loads(piped.stdout)["operations"]["unchanged"] == 14

        absent = "wsp_00000000000000000000000000"
        for where, told in (
            (("--workspace", absent), f"There is no workspace {absent}, or this token may not see it."),
            (("--workspace", "other"), "There is no workspace with the slug other, or this token may not see it."),
            (("--url", f"{client['GRAFT_API_URL']}/api", "--workspace", absent), "There is no Graft at "),
        ):
            gone = graft("import", str(EXAMPLES / "v1.yaml"), *where, env={**env, **client})
            assert (gone.returncode, gone.stdout) == (4, "")
            assert gone.stderr.startswith(f"graft: {told}")

        (tmp_path / "yaml").write_text("a: b: c")
        yaml = graft("import", str(tmp_path / "yaml"), *options, env={**env, **client})
        assert (yaml.returncode, yaml.stderr.count("line 1, column 5")) == (1, 1)

        (tmp_path / "broken").write_text('{"openapi": "3.1.0", "info": {}, "paths": {"x": {}}}')
        refused = graft("import", str(tmp_path / "broken"), *options, env={**env, **client})
        assert refused.returncode == 1
        assert "/info/title: " in refused.stderr
        assert "/paths/x: " in refused.stderr
        assert not refused.stdout

        (tmp_path / "odd").write_text('{"openapi": "3.1.0", "info": {"title": "Odd ${x}"}, "servers": null}')
        odd = graft("import", str(tmp_path / "odd"), "--placeholders", *options[:2], env={**env, **client})
        assert (odd.returncode, odd.stdout) == (0, "operations: none\nschemas: none\nsource: odd-x\n"), odd.stderr
        assert "/servers: null stands where something may be missing" in odd.stderr

        stranger = {**client, "GRAFT_API_TOKEN": "sec_nobody"}
        unknown = graft("import", str(EXAMPLES / "v1.yaml"), *options, env={**env, **stranger})
        assert (unknown.returncode, unknown.stderr.count("\n")) == (3, 1)


def test_distribute_prints_a_script_without_a_database(data_dir):
    env = environment(data_dir, GRAFT_DATABASE_URL="postgresql://nowhere.invalid/graft")
    there, home = graft("distribute", env=env), graft("distribute", "--back", env=env)
    assert (there.returncode, home.returncode) == (0, 0), there.stderr + home.stderr
    assert "\nselect create_distributed_table('installs', 'workspace_id', colocate_with := " in there.stdout
    assert "\nselect undistribute_table('workspaces', cascade_via_foreign_keys => true);\n" in home.stdout


def test_import_tells_that_nobody_answers_or_that_the_file_is_not_there(data_dir):
    url = f"http://127.0.0.1:{free_port()}"
    env = environment(data_dir, GRAFT_API_TOKEN="sec_x", GRAFT_API_URL=url)
    silent = graft("import", str(EXAMPLES / "v1.yaml"), "--workspace", "acme", env=env)
    assert (silent.returncode, silent.stderr) == (6, f"graft: {url} does not answer: Connection refused.\n")
    absent = graft("import", "absent.yaml", "--workspace", "wsp_x", env=env)
    assert (absent.returncode, absent.stderr) == (2, "graft: absent.yaml cannot be read: No such file or directory.\n")
    assert graft("import", "absent.yaml", env=env).returncode == 2


def _findings(env: dict[str, str]) -> tuple[int, dict[str, list[str]]]:
    """The exit code, and the lines by their state."""
    done = graft("doctor", env=env)
    assert not done.stderr
    found: dict[str, list[str]] = {"ok": [], "note": [], "bad": []}
    for line in done.stdout.splitlines():
        state, _, text = line.partition(" ")
        found[state].append(text.strip())
    return done.returncode, found


def test_doctor_makes_no_database_where_there_is_none(data_dir):
    place = data_dir / "mistyped"
    done = graft("doctor", env=environment(place))
    assert done.returncode == 1
    assert done.stdout == f"bad   There is no database in {place} yet: `graft serve` makes one.\n"
    assert not place.exists()


def test_doctor_tells_of_a_schema_that_was_never_migrated(data_dir, empty_database_url, app_role):
    code, found = _findings(environment(data_dir, **external(empty_database_url, app_role)))
    assert code == 1
    assert "run `graft migrate`" in found["bad"][0]


def test_doctor_tells_whether_names_are_searched_by_an_index(data_dir, database_url, app_role):
    env = environment(data_dir, **external(database_url, app_role))
    code, found = _findings(env)
    assert (code, found["bad"]) == (0, [])
    assert len([line for line in (*found["ok"], *found["note"]) if "pg_trgm" in line]) == 1


def test_doctor_tells_when_and_why_each_page_counts(data_dir, database_url, app_role):
    env = environment(data_dir, **external(database_url, app_role))
    assert "totals are counted only when something changed" in _findings(env)[1]["ok"]
    assert "GRAFT_TOTAL_CACHE" in " ".join(_findings({**env, "GRAFT_TOTAL_CACHE": "off"})[1]["note"])
    asyncio.run(execute(database_url, "alter table installs disable trigger installs_changes_new"))
    code, found = _findings(env)
    assert code == 0
    assert "triggers that note changes are missing or disabled" in " ".join(found["note"])
