"""What greets a newcomer keeps to what the repository does: hooks, workflow, image, unit, decisions, paths, lengths."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "src/graft/db/migrations/README.md"
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", MIGRATIONS]
# A path with a folder, and the ending of a file that people write.
_PATH = re.compile(r"(?<![\w/~$.*-])\.?(?:[\w-]+/)+[\w.*-]+\.(?:py|sql|toml|md|sh|js|json|yaml|lock|service|timer)\b")
# The embedded server is one thing that is started and ended in many ways; the two tests are tables.
MOST_LINES = {"src": 300, "bench": 300, "tests": 400}
LONGER = {
    "src/graft/db/embedded.py": 350,
    "tests/openapi_import/test_walk.py": 500,
    "tests/upgrades/test_upgrade_model.py": 420,
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _missing(page: Path) -> Iterator[str]:
    """Paths that a page names, from the root, from the program's folder or from its own, and that are not there."""
    # files that an example makes are not there yet
    text = re.sub(r"https?://\S+|^ *\+\+\+ .*$", "", page.read_text("utf-8"), flags=re.MULTILINE)
    for path in {found[0] for found in _PATH.finditer(text)}:
        if not any(any(base.glob(path)) for base in (ROOT, ROOT / "src/graft", page.parent)):
            yield f"{page.name}: {path}"


def test_each_path_that_the_pages_name_is_there():
    decisions = [
        page for page in (ROOT / "docs/adr").glob("*.md") if "**Status.** Historical" not in page.read_text("utf-8")
    ]
    assert [path for page in [*PAGES, *decisions] for path in _missing(page)] == []
    named = {found[0] for page in PAGES for found in _PATH.finditer(page.read_text("utf-8"))}
    assert len(named) > 80


def test_the_walk_of_a_request_names_what_stands_in_its_files():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    walk = text.partition("## One request, file by file\n")[2].partition("\n## ")[0]
    files = {path for path in _PATH.findall(walk) if path.startswith("src/")}
    texts = [(ROOT / path).read_text("utf-8") for path in sorted(files)]
    names = set(re.findall(r"`(?:\w+\.)?([A-Za-z_]\w+)`", walk))
    assert len(files) > 12
    assert {"update_integration", "access_locked"} <= names
    assert [name for name in names if not any(re.search(rf"\b{name}\b", text) for text in texts)] == []


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {
        str(path.relative_to(ROOT)): (len(path.read_text("utf-8").splitlines()), most)
        for folder, most in MOST_LINES.items()
        for path in (ROOT / folder).rglob("*.py")
    }
    too_long = {path for path, (length, most) in lengths.items() if length > LONGER.get(path, most)}
    assert too_long == set()
    # who became shorter is no exception any more
    assert {path for path in LONGER if lengths[path][0] <= lengths[path][1]} == set()


def test_each_link_of_a_page_leads_to_a_file():
    for page in [*PAGES, *sorted((ROOT / "docs/adr").glob("*.md")), ROOT / "SECURITY.md"]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_each_decision_says_its_status_date_and_alternatives():
    for page in sorted((ROOT / "docs/adr").glob("[0-9]*.md")):
        head = page.read_text("utf-8").split("\n\n")[1].replace("\n", " ")
        found = re.match(r"\*\*Status\.\*\* .+ \*\*Date\.\*\* \d{4}-\d\d-\d\d\. \*\*Alternatives\.\*\* (.+)", head)
        assert found is not None, page.name
        assert not found[1].startswith("See "), f"{page.name}: name what was rejected"


def test_the_hooks_of_a_commit_are_what_make_check_runs():
    rule = re.search(r"^check:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule is not None
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in rule[1].splitlines()]
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert entries == ["git diff --cached --check", ".venv/bin/python .ci/large_files.py", *commands]
    # what is there already: nothing is fetched when a commit is made
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    programs = {entry.split()[0] for entry in entries} - {"git"}
    assert [name for name in programs if not (Path(sys.executable).parent / Path(name).name).exists()] == []


def test_a_large_file_is_refused_before_it_is_committed(tmp_path: Path):
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True)
    run(["git", "init", "--quiet"], check=True)
    (tmp_path / "small file.txt").write_bytes(b"x" * 1000)
    run(["git", "add", "."], check=True)
    hook = [sys.executable, str(ROOT / ".ci/large_files.py")]
    assert run(hook, check=False).returncode == 0
    (tmp_path / "large file.bin").write_bytes(b"x" * 300_000)
    assert run(hook, check=False).returncode == 0, "what is not staged is not committed"
    run(["git", "add", "."], check=True)
    refused = run(hook, check=False)
    assert (refused.returncode, refused.stderr) == (1, "large file.bin has 300,000 bytes, more than 204,800\n")


def test_the_hosted_workflow_runs_the_script_that_people_run():
    run = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["run"]
    assert run["steps"][-1] == {"run": ".ci/run"}
    assert set(run["strategy"]["matrix"]["python"]) <= set((ROOT / ".ci/pythons").read_text().split())


@pytest.mark.parametrize("name", ["fault", "wish"])
def test_a_form_of_an_issue_asks_each_thing_once(name: str):
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text())
    assert form.keys() == {"name", "description", "labels", "body"}
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len({field["attributes"]["label"] for field in asked}) == len(asked)
    assert any(field.get("validations", {}).get("required") for field in asked)


def test_the_form_of_a_change_asks_for_test_changelog_pages_and_decision():
    text = (ROOT / ".github/pull_request_template.md").read_text()
    boxes = re.findall(r"^- \[ \] (.+)$", text, re.MULTILINE)
    for word in ("A test fails without", "`make check`", "CHANGELOG.md", "docs/ ", "docs/adr/", "migration"):
        assert any(word in box for box in boxes), word


def test_the_image_copies_what_there_is_and_installs_what_is_locked():
    text = (ROOT / "deploy/Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (.+)", text, re.MULTILINE) for name in line.split()[:-1]]
    let_in = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(let_in)
    assert all((ROOT / name).exists() for name in copied)
    assert "RUN .ci/venv.sh run " in text
    [image] = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert re.fullmatch(r"python:(\S+)-slim", image)
    assert image.removeprefix("python:").removesuffix("-slim") in (ROOT / ".ci/pythons").read_text().split()


def test_the_classifiers_name_the_pythons_that_the_lists_are_for():
    last = [classifier.rpartition(" :: ")[2] for classifier in PROJECT["project"]["classifiers"]]
    named = [name for name in last if name.startswith("3.")]
    assert named == (ROOT / ".ci/pythons").read_text().split()


def test_the_glossary_has_one_line_a_word_in_alphabetical_order():
    words = re.findall(r"^\| (.+?) \| .+ \|$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE)[1:]
    assert words == sorted(set(words))


def test_the_readme_leads_to_each_page():
    text = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in text] == []
