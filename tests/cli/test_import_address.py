"""Where `graft import` sends its token: to the server and to nobody else, and with a warning where others could read it."""

import socket
from pathlib import Path

import pytest

from graft.cli.client import Client, is_loopback
from tests.support.processes import environment, free_port, graft

pytestmark = pytest.mark.slow

EXAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "helpdesk" / "v1.yaml")
HERE = [
    "http://127.0.0.1:8000",
    "http://localhost",
    "http://graft.localhost:80",
    "http://[::1]:8000",
    "https://127.9.9.9/x",
]
ELSEWHERE = [
    "http://graft.example",
    "http://10.0.0.1",
    "http://[2001:db8::1]:80",
    "http://localhost.example",
    "http://127.1",
]


@pytest.mark.parametrize(("urls", "here"), [(HERE, True), (ELSEWHERE, False)], ids=["here", "elsewhere"])
def test_this_machine_is_told_from_others(urls: list[str], here: bool):
    assert [is_loopback(url) for url in urls] == [here] * len(urls)


def test_plain_http_to_another_machine_is_exposed():
    exposed = {"http://127.0.0.1": False, "http://graft.example": True, "https://graft.example": False}
    for url, expected in exposed.items():
        with Client(url, "sec_x") as client:
            assert client.exposed is expected


def imports(data_dir: Path, *options: str, **variables: str) -> str:
    """What the command prints to stderr."""
    return graft("import", EXAMPLE, "--workspace", "acme", *options, env=environment(data_dir, **variables)).stderr


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_no_proxy_of_the_environment_gets_a_token_for_this_machine(data_dir: Path, name: str):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.2)
        url = f"http://127.0.0.1:{free_port()}"
        to_proxy = {
            name: f"http://127.0.0.1:{proxy.getsockname()[1]}",
            "GRAFT_API_URL": url,
            "GRAFT_API_TOKEN": "sec_x",
        }
        assert imports(data_dir, **to_proxy) == f"graft: {url} does not answer: Connection refused.\n"
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_a_token_that_others_could_read_is_warned_of(data_dir: Path):
    url = "http://nowhere.invalid"
    assert "unencrypted" in imports(data_dir, GRAFT_API_URL=url, GRAFT_API_TOKEN="sec_x")
    own = f"http://127.0.0.1:{free_port()}"
    said = imports(data_dir, "--token", "sec_x", GRAFT_API_URL=own)
    assert said.startswith("graft: Other users of this machine can see --token")
    assert "unencrypted" not in said
    assert "list of processes" not in imports(data_dir, GRAFT_API_URL=own, GRAFT_API_TOKEN="sec_x")
