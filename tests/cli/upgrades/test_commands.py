"""The commands of upgrades on a Graft that serves: plan, decide, apply, undo, look back, compare; and how they fail."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from graft import jsontext
from graft.cli.client import Client
from graft.cli.upgrades import pages
from graft.cli.upgrades.diff import whole_diff
from tests.cli.upgrades.scene import NAME, Scene, answer, installed

pytestmark = pytest.mark.slow

OURS = "Closing a ticket needs a reason."


@pytest.fixture
def scene(data_dir: Path, database_url: str, app_role: str) -> Iterator[Scene]:
    """The customer edited where the version changed, and elsewhere."""
    with installed(data_dir, database_url, app_role) as made:
        made.edit("list-tickets", **{"x-note": "Ours."})
        made.edit("update-ticket", description=OURS)
        yield made


def test_an_upgrade_is_planned_decided_applied_told_and_undone(scene: Scene):
    before = scene.texts()
    planned = scene.graft("plan", NAME)
    assert (planned.returncode, planned.stderr) == (5, "")
    first = planned.stdout.splitlines()
    assert re.fullmatch(r"Plan intpln_[0-9a-z]{26} \(merge\)", first[0])
    assert first[1] == f"{NAME} 1.0.0 → 2.0.0"
    assert re.search(
        r"^  update-ticket +function +to decide +/description: both added it$", planned.stdout, re.MULTILINE
    )
    assert re.search(r"^  list-tickets +function +merged$", planned.stdout, re.MULTILINE)
    assert f'    mine             "{OURS}"\n' in planned.stdout
    assert "/x-note" not in planned.stdout, "what merges is one line"
    assert scene.texts() == before, "a plan writes nothing"

    [again] = re.findall(r"^  \S.* (plan intpln_\w+ --resolve \S+)$", planned.stdout, re.MULTILINE)
    decided = scene.graft(*again.split())
    assert decided.returncode == 0, decided.stderr
    assert "to decide" not in decided.stdout
    plan_id = decided.stdout.split()[1]
    fields = scene.graft("plan", plan_id, "--fields").stdout
    assert (
        f'  /description  decided\n    base                   (absent)\n    mine, will be written  "{OURS}"\n' in fields
    )
    assert "  /x-note  changed by you\n" in fields
    assert "  /parameters/query/priority  changed by the version\n" in fields

    done = scene.graft("apply", plan_id, "--reason", "Merged tickets are wanted.")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Done: \w+_[0-9a-z]{26}\n  updated +\d+ ", done.stdout)
    assert scene.definition("update-ticket")["description"] == OURS
    assert "409" in scene.definition("update-ticket")["responses"]
    merged = scene.definition("list-tickets")
    assert (merged["x-note"], [one["name"] for one in merged["parameters"]][1]) == ("Ours.", "priority")

    told = scene.graft("history", NAME).stdout
    assert re.search(r"^    upgraded 1\.0\.0 → 2\.0\.0: .*\n    “Merged tickets are wanted\.”$", told, re.MULTILINE), (
        told
    )
    assert told.count("    edited ") == 2
    one = scene.graft("history", NAME, "--member", "list-users").stdout
    assert "edited" not in one
    assert "upgraded" in one


def test_json_is_what_the_api_says(scene: Scene):
    plan = scene.json("plan", NAME, code=5)
    assert plan == answer(scene.customer.get(f"/api/upgrade-plans/{plan['id']}"))
    whole = scene.json("plan", plan["id"], "--fields", code=5)
    fields = answer(scene.customer.get(f"/api/upgrade-plans/{plan['id']}/fields", params={"limit": 1000}))["data"]
    assert (whole["id"], whole["fields"]) == (plan["id"], fields)
    path = f"/api/integration-installs/{scene.install_id}/history"
    assert scene.json("history", scene.install_id) == answer(scene.customer.get(path, params={"limit": 20}))
    applied = scene.json("apply", plan["id"])
    assert "update-ticket" in applied["installs"][0]["skipped"]


def test_a_value_of_ones_own_decides(scene: Scene, tmp_path: Path):
    (tmp_path / "text.json").write_text('"Both."')
    plan = scene.json("plan", NAME, "--resolve", f"update-ticket:/description=@{tmp_path / 'text.json'}")
    scene.json("apply", plan["id"])
    assert scene.definition("update-ticket")["description"] == "Both."


def test_a_plan_goes_to_any_version_with_other_values_by_either_strategy(scene: Scene):
    left = scene.json("plan", NAME, "--strategy", "reapply")
    outcomes = {member["slug"]: member["outcome"] for member in left["members"]}
    assert {outcomes[slug] for slug in ("list-tickets", "update-ticket")} == {"skip"}
    stays = scene.json("plan", NAME, "--to", "1.0.0", "--set", "account=other")
    assert stays["from"] == stays["to"]
    assert stays["summary"]["update"] > 0
    absent = scene.graft("plan", NAME, "--to", "9.9.9")
    assert (absent.returncode, absent.stderr) == (
        4,
        "graft: There is no version 9.9.9, or this token may not see it.\n",
    )
    wrong = scene.graft("plan", NAME, "--set", "account:=5")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "/variables/account" in wrong.stderr


def test_all_that_is_left_is_decided_at_once(scene: Scene):
    scene.edit("list-users", summary="Ours.", parameters=[])
    scene.edit("get-statistics", path="/ours")
    assert scene.json("plan", NAME, code=5)["summary"]["conflict"] == 2
    first = "update-ticket:/description=mine"
    decided = scene.json("plan", NAME, "--resolve", first, "--rest", "theirs")
    assert decided["summary"]["conflict"] == 0
    scene.json("apply", decided["id"])
    assert scene.definition("update-ticket")["description"] == OURS
    assert scene.definition("get-statistics")["path"] == "/reports/statistics"
    assert scene.definition("list-users")["summary"] == "Ours."


def test_several_installs_move_together(scene: Scene):
    other = scene.second()
    shown = scene.graft("plan", NAME, "acme/second", COLUMNS="120")
    assert (shown.returncode, shown.stderr) == (5, "")
    assert shown.stdout.splitlines()[1:3] == [f"{NAME} 1.0.0 → 2.0.0", "acme/second 1.0.0 → 2.0.0"]
    row = r"^  update-ticket +function +to decide +acme/helpdesk /description: both added it$"
    assert re.search(row, shown.stdout, re.MULTILINE)
    assert re.search(r"--resolve intmem_\w+:/description=mine$", shown.stdout, re.MULTILINE)
    plan = scene.json("plan", scene.install_id, other, "--rest", "mine")
    done = scene.json("apply", plan["id"])
    assert {one["integrationInstallId"] for one in done["installs"]} == {scene.install_id, other}
    said = scene.graft("plan", NAME, "acme/second", "--to", "1.0.0", "--set", "account=x")
    assert (said.returncode, said.stderr.startswith("graft: --to, --set: say it of one install")) == (2, True)


def test_a_plan_that_is_out_of_date_names_the_new_one(scene: Scene):
    plan = scene.json("plan", NAME, code=5)
    scene.edit("list-users", summary="Ours.")
    refused = scene.graft("apply", plan["id"])
    assert (refused.returncode, refused.stdout) == (5, "")
    [new] = re.findall(r"Look at the new one: `.* plan (intpln_\w+)`\.\n$", refused.stderr)
    assert "Plan intpln_" in scene.graft("plan", new).stdout
    assert "(merge, out of date)" in scene.graft("plan", plan["id"]).stdout


def test_a_history_names_versions_users_and_members(scene: Scene):
    path = f"/api/integration-installs/{scene.install_id}/history"
    assert scene.json("history", scene.install_id) == answer(scene.customer.get(path, params={"limit": 20}))
    scene.json("apply", scene.json("plan", NAME, code=5)["id"])
    told = scene.graft("history", NAME).stdout
    assert re.search(r"^    upgraded 1\.0\.0 → 2\.0\.0: .*added", told, re.MULTILINE), told
    assert told.count("    edited ") == 2
    assert "    edited list-tickets\n" in told
    assert re.search(r"^intopn_[0-9a-z]{26}  \d{4}-\d\d-\d\d \d\d:\d\d UTC  admin@\S+, by a key$", told, re.MULTILINE)
    one = scene.graft("history", NAME, "--member", "list-users").stdout
    assert "edited" not in one
    assert "upgraded" in one
    short = scene.graft("history", NAME, "--limit", "1").stdout
    assert short.endswith("\n… and older ones: --limit shows more\n")


def test_what_was_done_is_undone_and_done_again(scene: Scene):
    before = scene.texts()
    scene.json("apply", scene.json("plan", NAME, "--strategy", "reapply")["id"])
    after = scene.texts()
    undone = scene.graft("undo", NAME, "--reason", "Too early.")
    assert (undone.returncode, undone.stderr) == (0, "")
    assert re.match(r"Done: intopn_[0-9a-z]{26}; undoes intopn_[0-9a-z]{26}\n", undone.stdout)
    assert scene.texts() == before != after
    again = scene.json("undo", scene.install_id)
    assert scene.texts() == after
    told = scene.graft("history", NAME, "--limit", "2").stdout
    assert told.count("    undone") == 3
    assert f"    undoes {again['undoes']}\n" in told
    assert "“Too early.”" in told

    first = scene.json("history", NAME)["data"][-1]
    refused = scene.graft("undo", NAME, "--operation", first["id"])
    assert (refused.returncode, refused.stdout) == (5, "")


def test_undoing_is_planned_first(scene: Scene):
    before = scene.texts()
    scene.json("apply", scene.json("plan", NAME, "--strategy", "reapply")["id"])
    after = scene.texts()
    shown = scene.graft("undo", NAME, "--plan-only")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.match(r"Plan intpln_\w+ \(undo\)\nacme/helpdesk 2\.0\.0 → 1\.0\.0\n", shown.stdout)
    assert re.search(r"^  list-ratings +function +removed$", shown.stdout, re.MULTILINE)
    assert scene.texts() == after, "a plan changes nothing"
    done = scene.graft("apply", shown.stdout.split()[1])
    assert done.returncode == 0, done.stderr
    assert scene.texts() == before


def test_versions_are_compared_by_whoever_knows_them(scene: Scene):
    shown = scene.graft("diff", NAME, "1.0.0", "2.0.0")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"{NAME} 1.0.0 → 2.0.0\n8 changed, 6 added, 2 removed\n\n")
    place = '  /definition/path\n    1.0.0  "/statistics"\n    2.0.0  "/reports/statistics"\n'
    assert f"\nget-statistics\n{place}" in shown.stdout
    same = scene.json("diff", scene.draft_id, "2.0.0", "2.0.0")
    assert same["members"] == []
    unknown = scene.graft("diff", "acme/nothing", "1.0.0", "2.0.0")
    assert (unknown.returncode, unknown.stderr) == (
        4,
        "graft: There is no integration acme/nothing, or this token may not see it.\n",
    )


def test_what_comes_in_pages_is_read_whole(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    plan = scene.json("plan", NAME, code=5)
    path = f"/api/upgrade-plans/{plan['id']}"
    monkeypatch.setattr(pages, "_MOST_MEMBERS", 4)
    monkeypatch.setattr(pages, "_MOST_FIELDS", 1)
    with Client(scene.env["GRAFT_API_URL"], scene.env["GRAFT_API_TOKEN"]) as client:
        first = client.text("GET", path, parameters={"limit": "3"})
        whole = jsontext.decode(pages.whole_plan(client, first, tell))
        assert whole["members"] == plan["members"]
        assert [done for done, _ in told] == [3, 7, 11, 15]
        assert pages.whole_plan(client, client.text("GET", path), tell) == client.text("GET", path)

        found = list(pages.field_pages(client, plan["id"]))
        fields = answer(scene.customer.get(f"{path}/fields", params={"limit": 1000}))["data"]
        assert [field for page in found for field in jsontext.decode(page)["data"]] == fields
        assert len(found) >= len(fields) > 10

        before, after = (version["integrationVersionId"] for version in (plan["from"], plan["to"]))
        path = f"/api/integration-versions/{after}/diff"
        parts, whole = (jsontext.decode(whole_diff(client, path, before, tell, limit=size)) for size in (5, 100))
        assert parts == whole


def test_colours_are_for_a_terminal_alone(scene: Scene):
    piped, shown, plain = (
        scene.graft("plan", NAME).stdout,
        scene.seen("plan", NAME),
        scene.seen("plan", NAME, NO_COLOR="1"),
    )
    assert "\x1b" not in piped
    assert "\x1b[31mto decide" in shown
    assert "\x1b[3" not in plain

    def words(text: str) -> list[str]:
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\w+_[0-9a-z]{26}", "", text).split()

    assert words(shown) == words(plain) == words(piped)


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_plan_keeps_to_the_columns_that_there_are(scene: Scene, width: str):
    shown = scene.graft("plan", NAME, "--fields", "--all", COLUMNS=width).stdout
    wide = [line for line in shown.splitlines() if len(line) > int(width)]
    # ids and pointers are whole, so that they can be copied
    assert [line for line in wide if "intpln_" not in line and not line.strip().startswith("/")] == []


def test_what_goes_wrong_is_told_with_its_code(scene: Scene):
    unknown = "intins_00000000000000000000000000"
    for arguments, code, told in (
        (("plan", "acme/nothing"), 4, "acme/nothing is not installed in globex, or this token may not see it."),
        (("plan", "nothing_"), 2, "nothing_ is neither an id of an install (intins_ and 26 characters) nor"),
        (("plan", unknown), 4, ""),
        (("plan", NAME, "--resolve", "update-ticket=mine"), 2, "write SLUG:POINTER=mine, =theirs or =@FILE."),
        (("plan", NAME, "--resolve", "list-users:/x=mine"), 1, "/resolutions"),
        (("plan", "intpln_00000000000000000000000000"), 4, ""),
        (("plan", "intpln_00000000000000000000000000", "--to", "1.0.0"), 2, "only --resolve and --rest can be said"),
        (("apply", unknown), 2, f"{unknown} is no id of a plan: that is intpln_ and 26 characters."),
    ):
        done = scene.graft(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), (arguments, done.stderr)
        assert told in done.stderr, arguments
        assert done.stderr.startswith("graft: ")
    nobody = scene.graft("history", NAME, "--member", "nobody")
    assert (nobody.returncode, nobody.stderr) == (4, "graft: The install has no member nobody.\n")
    away = scene.graft("plan", NAME, GRAFT_API_URL="http://127.0.0.1:9")
    stranger = scene.graft("plan", NAME, GRAFT_API_TOKEN="sec_x")
    nowhere = {name: value for name, value in scene.env.items() if name != "GRAFT_WORKSPACE"}
    scene.env = nowhere
    unnamed = scene.graft("plan", NAME)
    assert (away.returncode, stranger.returncode, unnamed.returncode) == (6, 3, 2)
    assert "--workspace or GRAFT_WORKSPACE" in unnamed.stderr
