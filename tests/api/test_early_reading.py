"""A large text is read while it comes in: ready sooner, and never another table than otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from backend.config import Config
from tests.client import API, Client
from tests.server import Server
from tests.tus.speaking import begin, patch

ROWS = 60_000
HEAD = b"id,name,amount\n"
EARLY = {"TABLECAST_EARLY_READING_BYTES": "1000000"}
WAIT_S = 30.0


def lines(start: int, stop: int) -> bytes:
    return b"".join(b"%d,name of number %d,%d.50\n" % (n, n, n) for n in range(start, stop))


CONTENT = HEAD + lines(0, ROWS)


@pytest.fixture
def early(server_with: Callable[..., Server]) -> Iterator[tuple[Server, Client]]:
    """A server that begins to read after a megabyte, when nothing is under way, and a client."""
    server = server_with(EARLY)
    until(lambda: not folders(server))
    with Client(server.url) as client:
        yield server, client


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def folders(server: Server) -> list[str]:
    """The readings that are under way."""
    return [path.name for path in server.own("work/*")]


def begun(server: Server) -> bool:
    """Whether a child is at work on a file that is still on its way."""
    return bool(server.own("work/*/tmp"))


def coming(server: Server, rest: list[bytes]) -> Iterator[bytes]:
    """A body whose end comes only when its beginning is being read."""
    yield CONTENT
    until(lambda: begun(server))
    yield from rest


def test_a_file_is_read_while_it_comes(early: tuple[Server, Client]) -> None:
    server, client = early
    rest = [lines(ROWS, ROWS + 1_000)]
    answer = client.request("POST", f"{API}/shares?filename=a table.csv", data=coming(server, rest))
    revision = client.wait_ready(answer.json()["id"], 1)
    (sheet,) = revision["sheets"]
    assert (sheet["name"], sheet["rows"]) == ("a table", ROWS + 1_000)
    last = client.page(answer.json()["id"], offset=ROWS + 999, values="text")
    assert list(last["rows"][0].values()) == ["60999", "name of number 60999", "60999.50"]
    until(lambda: not folders(server))


@pytest.mark.parametrize(
    "end", [b"x,the guesses were wrong,none\n", "1,Zoë,1.5\n".encode("cp1252"), b"1,2,3,4,5\n"]
)
def test_a_surprise_at_the_end_is_read_as_ever(
    early: tuple[Server, Client], client: Client, end: bytes
) -> None:
    """The usual server begins early only with much larger files."""
    server, to_early = early
    answer = to_early.request("POST", f"{API}/shares?filename=t.csv", data=coming(server, [end]))
    ours = to_early.wait_ready(answer.json()["id"], 1)
    assert len(CONTENT) < Config.early_reading_bytes
    theirs = client.wait_ready(client.create(CONTENT + end, "t.csv").id, 1)
    assert ours["report"] == theirs["report"]
    assert ours["sheets"] == theirs["sheets"]


def test_options_given_are_followed(early: tuple[Server, Client]) -> None:
    server, client = early
    answer = client.request(
        "POST",
        f"{API}/shares?filename=t.csv&header_row=0",
        data=coming(server, []),
    )
    revision = client.wait_ready(answer.json()["id"], 1)
    assert revision["sheets"][0]["rows"] == ROWS + 1
    until(lambda: not folders(server))


def test_an_option_that_comes_after_the_file_is_followed_too(early: tuple[Server, Client]) -> None:
    server, client = early

    def form() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="t.csv"\r\n\r\n'
        yield from coming(server, [])
        yield b'\r\n--x\r\nContent-Disposition: form-data; name="header_row"\r\n\r\n0\r\n--x--\r\n'

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.request("POST", f"{API}/shares", data=form(), headers=kind)
    revision = client.wait_ready(answer.json()["id"], 1)
    assert revision["sheets"][0]["rows"] == ROWS + 1
    until(lambda: not folders(server))


def test_a_resumable_upload_is_read_over_several_parts(early: tuple[Server, Client]) -> None:
    server, client = early
    cut = len(CONTENT) - 500_000
    upload = begin(client, len(CONTENT), filename="parts.csv")
    patch(client, upload.path, 0, CONTENT[:cut]).raise_for_status()
    until(lambda: begun(server))
    patch(client, upload.path, cut, CONTENT[cut:]).raise_for_status()
    revision = client.wait_ready(upload.share, 1)
    assert (revision["sheets"][0]["name"], revision["sheets"][0]["rows"]) == ("parts", ROWS)
    until(lambda: not folders(server))


def test_an_upload_that_is_given_up_leaves_nothing(early: tuple[Server, Client]) -> None:
    server, client = early
    upload = begin(client, len(CONTENT), filename="parts.csv")
    patch(client, upload.path, 0, CONTENT[:-100_000]).raise_for_status()
    until(lambda: begun(server))
    client.request("DELETE", upload.path, headers={"Tus-Resumable": "1.0.0"}).raise_for_status()
    until(lambda: not folders(server))


def test_the_death_of_an_early_reading_is_no_loss(early: tuple[Server, Client]) -> None:
    server, client = early

    def body() -> Iterator[bytes]:
        yield from coming(server, [])
        for child in server.children():
            if any("ingest.child" in word for word in child.cmdline()):
                psutil.Process(child.pid).kill()
        yield lines(ROWS, ROWS + 1)

    answer = client.request("POST", f"{API}/shares?filename=t.csv", data=body())
    assert client.wait_ready(answer.json()["id"], 1)["sheets"][0]["rows"] == ROWS + 1
