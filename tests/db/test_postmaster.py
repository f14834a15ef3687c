"""What is read of a server's files: whether it has ended, and why."""

import pytest

from graft.db.postmaster import has_ended, last_words, log_size

OLD = "2026-01-01 UTC [1] PANIC:  an old trouble\n"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", "its log says nothing"),
        ("… LOG:  received immediate shutdown request\n… LOG:  shut down\n", "… LOG:  shut down"),
        (
            '… LOG:  checkpoint\n… PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\n… LOG:  bye\n',
            '… PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device',
        ),
        ("… FATAL:  first\n… FATAL:  last\n… LOG:  bye\n", "… FATAL:  last"),
        ("x" * 200_000 + "\n… FATAL:  last\n", "… FATAL:  last"),
    ],
)
def test_the_last_words_are_those_that_say_why_and_no_older_ones(tmp_path, log, words):
    (tmp_path / "log").write_text(OLD)
    before = log_size(tmp_path)
    with (tmp_path / "log").open("a") as file:
        file.write(log)
    assert last_words(tmp_path, before) == words


def test_a_log_that_is_missing_is_told(tmp_path):
    assert log_size(tmp_path) == 0
    assert "No such file" in last_words(tmp_path, 0)


@pytest.mark.parametrize(
    "text", ["", "many\n", "99999999\n", "1\n"], ids=["empty", "no-number", "nobody", "another-program"]
)
def test_a_pid_file_without_a_living_postgres_is_of_a_server_that_has_ended(tmp_path, text):
    assert has_ended(tmp_path)
    (tmp_path / "postmaster.pid").write_text(text)
    assert has_ended(tmp_path)
