"""The last line of a benchmark, and the report that is made of such lines."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.result import Options, Result, json_line
from bench.targets import TARGETS, missing

# The names that those who read the line rely on.
_NAMES = {
    "get": ["vs_floor", "not_modified_vs_floor", "vs_fastapi", "vs_drf"],
    "list": ["vs_floor", "vs_fastapi", "vs_drf", "vs_postgraphile", "vs_directus", "growth_1m"],
    "walk": ["deep_vs_first"],
    "filter": ["worst_vs_sql", "name_substring_ms", "refused"],
    "import": ["vs_sql", "statements", "again_rows_written"],
    "install": ["vs_sql", "statements", "bytes_per_member"],
    "upgrade": ["vs_sql", "statements", "installs_per_s"],
    "plan": ["vs_upgrade", "bytes_per_member"],
    "undo": ["vs_sql", "statements", "bytes_per_member"],
    "render": ["one_vs_raw", "page_vs_raw"],
    "publish": ["definitions_written"],
    "merge": ["false_conflicts_percent", "wrong_in_4000", "true_conflicts_percent", "ms_per_1000"],
    "scale": ["two_vs_one"],
    "neighbours": ["worst_ms", "peak_mb", "server_errors"],
}


def test_each_benchmark_has_its_metrics() -> None:
    assert {name: list(metrics) for name, metrics in TARGETS.items()} == _NAMES


def test_the_line_has_four_digits_whole_numbers_and_null_for_what_is_missing() -> None:
    line = json_line("list", {"vs_floor": 0.712345, "statements": 8.0, "vs_directus": None})
    assert line == '{"name": "list", "metrics": {"vs_floor": 0.7123, "statements": 8, "vs_directus": null}}'


def test_what_could_not_be_run_is_null() -> None:
    assert json.loads(json_line("import", missing("import")))["metrics"] == dict.fromkeys(_NAMES["import"])


@pytest.mark.parametrize("metric", ["vs_postgraphile", "growth_1m"])
def test_a_bound_has_two_sides(metric: str) -> None:
    target = TARGETS["list"][metric]
    assert target.met(0.1) is not target.met(10)


def test_a_run_replaces_its_own_section_and_the_summary_shows_all(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    report.write(path, "walk", Result({"deep_vs_first": 1.1}, "The first text."), Options())
    report.write(
        path, "publish", Result({"definitions_written": 12.0}, "Another text.", plots={"p.svg": "<svg/>"}), Options()
    )
    report.write(path, "walk", Result({"deep_vs_first": 1.3}, "The second text."), Options())
    text = path.read_text()
    assert "The first text." not in text
    assert text.count("The second text.") == text.count("Another text.") == 1
    assert text.index("## walk") < text.index("## publish")
    summary = text[: text.index("<!-- bench:")]
    assert "| 1.3 | ≤ 1.2 | **missed** |" in summary
    assert "| 12 | ≤ 10 | **missed** |" in summary
    assert (tmp_path / "plots" / "p.svg").read_text() == "<svg/>"


def test_a_section_is_not_overwritten_by_figures_of_another_client(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    report.write(path, "walk", Result({"deep_vs_first": 1.1}, "Text.", "wrk"), Options())
    before = path.read_text()
    assert "| 1.1 | ≤ 1.2 | met | wrk |" in before
    with pytest.raises(report.OtherClient):
        report.write(path, "walk", Result({"deep_vs_first": 1.3}, "Text.", "our own client"), Options())
    assert path.read_text() == before


def test_a_smaller_run_is_a_trial() -> None:
    assert not Options().trial
    assert Options(rows=20_000).trial
    assert Options(rounds=3).trial
    assert Options(peers=False).trial
