"""The commands that prepare and fill a server."""

import asyncio
import gzip
import json
from pathlib import Path

import httpx
from graft_process import environment, external, free_port, graft, read_until, started

from support.database import execute

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
    assert again.returncode == 1
    assert again.stderr == "graft: There is a platform admin already.\n"
    assert not again.stdout


def test_bootstrap_tells_what_is_wrong_with_its_options(data_dir, empty_database_url, app_role):
    env = environment(data_dir, **external(empty_database_url, app_role))
    done = graft("bootstrap", "--email", "nobody", "--workspace", "A B", env=env)
    assert done.returncode == 1
    assert "/email" in done.stderr
    assert "/workspace_slug" in done.stderr


def test_import_makes_entities_and_the_members_of_a_draft(data_dir, empty_database_url, app_role, tmp_path):
    env, port = environment(data_dir, **external(empty_database_url, app_role)), free_port()
    with started(port, env) as server:
        read_until(server.stdout, "/docs)")
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

        (tmp_path / "broken").write_text('{"openapi": "3.1.0", "info": {}, "paths": {"x": {}}}')
        refused = graft("import", str(tmp_path / "broken"), *options, env={**env, **client})
        assert refused.returncode == 1
        assert "/info/title: " in refused.stderr
        assert "/paths/x: " in refused.stderr
        assert not refused.stdout

        stranger = {**client, "GRAFT_API_TOKEN": "sec_nobody"}
        unknown = graft("import", str(EXAMPLES / "v1.yaml"), *options, env={**env, **stranger})
        assert (unknown.returncode, "unauthenticated" in unknown.stderr) == (1, True)


def test_distribute_prints_a_script_without_a_database(data_dir):
    env = environment(data_dir, GRAFT_DATABASE_URL="postgresql://nowhere.invalid/graft")
    there, home = graft("distribute", env=env), graft("distribute", "--back", env=env)
    assert (there.returncode, home.returncode) == (0, 0), there.stderr + home.stderr
    assert "\nselect create_distributed_table('installs', 'workspace_id', colocate_with := " in there.stdout
    assert "\nselect undistribute_table('workspaces', cascade_via_foreign_keys => true);\n" in home.stdout


def test_import_tells_that_nobody_answers_or_that_the_file_is_not_there(data_dir):
    env = environment(data_dir, GRAFT_API_TOKEN="sec_x", GRAFT_API_URL=f"http://127.0.0.1:{free_port()}")
    silent = graft("import", str(EXAMPLES / "v1.yaml"), "--workspace", "wsp_x", env=env)
    assert (silent.returncode, "does not answer" in silent.stderr) == (1, True)
    absent = graft("import", "absent.yaml", "--workspace", "wsp_x", env=env)
    assert (absent.returncode, absent.stderr) == (1, "graft: absent.yaml cannot be read: No such file or directory.\n")
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
