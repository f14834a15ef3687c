"""What holds for every command: what is loaded, one look of errors, exit codes, Ctrl-C, output that is lost, completion."""

import re
import signal
import socket
import subprocess
import sys
import time
from importlib import metadata

import pytest

from graft.cli.commands import COMMANDS
from tests.support.processes import command, environment, free_port, graft, read_until

pytestmark = pytest.mark.slow

# What only some commands need, and what takes long to load.
HEAVY = ("asyncpg", "granian", "starlette", "httpx", "rich", "cryptography", "jsonschema_rs", "msgspec")
# Prints what was loaded when the command has ended.
WATCHED = """
import sys
from graft.cli import main
try:
    main()
finally:
    print("loaded", *sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
"""
# Tells when the program begins to load what its commands are.
BEGAN = """
import os, sys

class Teller:
    def find_spec(name, path=None, target=None):
        if name == "graft.cli.commands":
            os.write(1, b"began\\n")

sys.meta_path.insert(0, Teller)
"""


def loaded_by(*arguments, env):
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WATCHED, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("-h",), ("nope",), ("completion", "bash")])
def test_what_needs_no_server_loads_none(data_dir, arguments):
    assert loaded_by(*arguments, env=environment(data_dir)) & set(HEAVY) == set()


@pytest.mark.parametrize("name", ["import", "plan", "apply", "undo", "history", "diff"])
def test_what_calls_a_server_loads_a_client_and_no_server(data_dir, name):
    loaded = loaded_by(name, "--help", env=environment(data_dir))
    assert "httpx" in loaded
    assert loaded & {"asyncpg", "granian", "starlette", "jsonschema_rs"} == set()


def test_the_version_is_that_of_the_package(data_dir):
    done = graft("--version", env=environment(data_dir))
    assert (done.returncode, done.stdout) == (0, f"graft {metadata.version('graft')}\n")


def test_every_command_is_listed_and_explains_itself(data_dir):
    env = environment(data_dir)
    listed = graft("--help", env=env).stdout
    assert graft("-h", env=env).stdout == graft("help", env=env).stdout == listed
    assert re.findall(r"^  ([a-z-]+) {2,}\S", listed.partition("Commands:")[2], re.MULTILINE) == list(COMMANDS)
    assert "..." not in listed.partition("Commands:")[2]
    for name in COMMANDS:
        explained = graft("help", name, env=env)
        assert (explained.returncode, explained.stderr) == (0, "")
        assert explained.stdout.startswith(f"Usage: graft {name} [OPTIONS]")
        assert max(map(len, explained.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "told", "where"),
    [
        (("imprt",), "No such command 'imprt'. Did you mean 'import'?", "graft"),
        (("serve", "--prot", "1"), "No such option: --prot", "graft serve"),
        (("serve", "--port", "0"), "Invalid value for '--port'", "graft serve"),
        (("import",), "Missing argument 'FILE", "graft import"),
        (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'", "graft completion"),
        (("bootstrap", "--json", "--shell"), "--json and --shell exclude each other", "graft bootstrap"),
    ],
)
def test_wrong_usage_is_told_in_two_lines_and_exits_with_2(data_dir, arguments, told, where):
    done = graft(*arguments, env=environment(data_dir))
    first, second = done.stderr.splitlines()
    assert (done.returncode, done.stdout, second) == (2, "", f"Try `{where} --help`.")
    assert first.startswith("graft: ")
    assert told in first


def test_without_a_command_it_shows_its_help_and_exits_with_2(data_dir):
    done = graft(env=environment(data_dir))
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("Usage: graft ")


@pytest.mark.parametrize("arguments", [("--version",), ("serve",), ("doctor",), ("import", "--help")])
@pytest.mark.parametrize("seconds", [0, 0.05, 0.2])
def test_ctrl_c_while_it_loads_leaves_no_traceback(data_dir, arguments, seconds):
    env = environment(data_dir, PYTHONPATH=str(data_dir))
    (data_dir / "sitecustomize.py").write_text(BEGAN)
    process = subprocess.Popen(  # noqa: S603
        command(*arguments),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert read_until(process, "\n") == "began\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err
    # at its very end Python has given the signal back to the system, of which a shell says 130 as well
    ended = {0, 130, -signal.SIGINT}
    # the doctor may have found out by then that there is no database
    assert process.returncode in (ended | {1} if arguments == ("doctor",) else ended)


def test_output_that_cannot_be_written_is_told_in_a_line(data_dir):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(  # noqa: S603
            command("--help"), env=environment(data_dir), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "graft: The output cannot be written: No space left on device.\n",
    )


def test_a_terminal_without_our_characters_shows_others(data_dir):
    done = graft("import", "--help", env=environment(data_dir, PYTHONIOENCODING="latin-1"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "wsp_?" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_for_completions(data_dir, shell):
    done = graft("completion", shell, env=environment(data_dir))
    assert done.returncode == 0
    assert f"_GRAFT_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("graft im", {"import"}),
        ("graft di", {"diff", "distribute"}),
        ("graft migrate --k", {"--kinds"}),
        ("graft plan --st", {"--strategy"}),
    ],
)
def test_commands_and_their_options_are_completed(data_dir, words, found):
    variables = {"_GRAFT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    assert set(graft(env=environment(data_dir, **variables)).stdout.split()) == found


def _import(data_dir, *arguments, **variables):
    given = {"GRAFT_API_TOKEN": "sec_x", "GRAFT_WORKSPACE": "main", **variables}
    return graft("import", *arguments, env=environment(data_dir, **given))


def test_what_cannot_be_right_is_refused_without_asking_anybody(data_dir):
    file = data_dir / "document"
    file.write_text("{}")
    for arguments, variables, told in (
        (
            (str(file),),
            {"GRAFT_API_URL": "127.0.0.1:8000"},
            "must start with http:// or https://, as http://127.0.0.1:8000 does",
        ),
        ((str(file),), {"GRAFT_API_URL": "ftp://x"}, "must start with http:// or https://"),
        ((str(file),), {"GRAFT_API_TOKEN": "sec_…"}, "'…' is in it. Is it a placeholder?"),
        ((str(file), "--workspace", "wsp_…"), {}, "wsp_… is no id of a workspace: that is wsp_ and 26 characters."),
        ((str(file),), {"GRAFT_PORT": "many"}, "GRAFT_PORT must be a whole number"),
        ((str(data_dir),), {}, "cannot be read: Is a directory."),
    ):
        done = _import(data_dir, *arguments, **variables)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert told in done.stderr


def test_the_client_calls_where_the_server_of_the_same_settings_listens(data_dir):
    file, port = data_dir / "document", free_port()
    file.write_text("{}")
    done = _import(data_dir, str(file), GRAFT_PORT=str(port), GRAFT_HOST="0.0.0.0")  # noqa: S104
    assert (done.returncode, done.stderr) == (
        6,
        f"graft: http://127.0.0.1:{port} does not answer: Connection refused.\n",
    )


@pytest.mark.parametrize("sent", [True, False])
def test_ctrl_c_tells_whether_the_document_had_been_sent(data_dir, sent):
    file = data_dir / "document"
    # more than what waits in the sockets of a server that reads nothing
    file.write_bytes(b"{}" if sent else b" " * 50_000_000)
    workspace = "wsp_00000000000000000000000000"
    with socket.create_server(("127.0.0.1", 0)) as server:
        variables = {"GRAFT_API_URL": f"http://127.0.0.1:{server.getsockname()[1]}", "GRAFT_API_TOKEN": "sec_x"}
        process = subprocess.Popen(  # noqa: S603
            command("import", str(file), "--workspace", workspace),
            env=environment(data_dir, **variables),
            stderr=subprocess.PIPE,
            text=True,
        )
        with server.accept()[0] as client:
            client.recv(1)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    told = "graft: Interrupted. The document had been sent, and the server may still import it.\n"
    assert err == (told if sent else "")
