"""Several processes on one SQLite database are one server: it does not matter which one answers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, permutations

from tests.client import API, Client
from tests.nodes.test_two_nodes import delete, next_change, rename
from tests.processes.conftest import Processes, until
from tests.tus.speaking import begin, offset_of, patch

CSV = b"a\n1\n"
LARGE = b"id,name\n" + b"".join(b"%d,name of number %d\n" % (n, n) for n in range(100_000))


def test_what_one_process_commits_another_one_tells_and_serves(processes: Processes) -> None:
    for number, (here, there) in enumerate(permutations(processes, 2)):
        share = here.create_ready(CSV, "a.csv")
        assert there.page(share.id)["rows"] == [{"a": 1}]
        with there.changes(share.id) as channel:
            assert json.loads(channel.recv(30))["shares"][share.id]["revision"] == 1
            here.upload(share, b"a\n%d\n" % number, "b.csv")
            seqs = []
            while True:
                change = next_change(channel)
                seqs.append(change["seq"])
                if change["revision"] == 2 and "revision" in change["what"]:
                    break
            assert there.page(share.id)["rows"] == [{"a": number}]
            assert seqs == sorted(set(seqs))
            delete(here, share)
            while next_change(channel)["what"] != ["deleted"]:
                pass
        assert there.request("GET", f"{API}/shares/{share.id}").status_code == 404


def test_what_was_answered_is_seen_by_the_next_request_wherever_it_goes(
    processes: Processes,
) -> None:
    first, second, third = processes
    share = first.create_ready(CSV, "a.csv")
    for number, (here, there) in zip(range(60), cycle(permutations(processes, 2)), strict=False):
        version = rename(here, share, f"title {number}")
        # No waiting: what was remembered of the share is not believed once anybody has committed.
        assert there.share(share.id)["version"] == version
    delete(second, share)
    for client in (first, third):
        assert client.request("GET", f"{API}/shares/{share.id}/rows").status_code == 404


def test_an_upload_goes_on_through_any_process(processes: Processes) -> None:
    first, second, third = processes
    upload = begin(first, len(LARGE), filename="t.csv")
    cuts = [0, 1_200_000, 1_200_001, 1_900_000, len(LARGE)]
    for client, start, end in zip(cycle(processes), cuts, cuts[1:], strict=False):
        patch(client, upload.path, start, LARGE[start:end]).raise_for_status()
        assert [offset_of(other, upload.path) for other in processes] == [end] * 3
        if end < len(LARGE):
            rows = third.request("GET", f"{upload.path}/rows").json()
            assert rows["sheets"][0]["first_rows"][0] == ["0", "name of number 0"]
    revision = second.wait_ready(upload.share, 1)
    assert revision["sheets"][0]["rows"] == 100_000
    for client in processes:
        assert client.original(upload.share, 1) == LARGE
        assert client.page(upload.share, offset=99_999)["rows"][0]["id"] == 99_999


def test_an_upload_that_changes_over_is_read_from_what_all_have_sent(processes: Processes) -> None:
    first, second, _ = processes
    cut, last_line = 1_500_000, b"x,not a number\n"
    upload = begin(first, len(LARGE) + len(last_line), filename="t.csv")
    patch(first, upload.path, 0, LARGE[:cut]).raise_for_status()
    # The first one reads what it has; what follows comes to another one, and may differ.
    until(lambda: bool(processes.server.own("work/*/tmp")), "nobody reads early")
    rest = LARGE[cut:] + last_line
    patch(second, upload.path, cut, rest).raise_for_status()
    first.wait_ready(upload.share, 1)
    assert first.original(upload.share, 1) == LARGE[:cut] + rest
    last = first.page(upload.share, offset=100_000)["rows"]
    assert last == [{"id": "x", "name": "not a number"}]


def test_an_upload_is_ended_through_any_process(processes: Processes) -> None:
    first, second, third = processes
    upload = begin(first, len(LARGE), filename="t.csv")
    patch(second, upload.path, 0, LARGE[:1_500_000]).raise_for_status()
    headers = {"Tus-Resumable": "1.0.0"}
    third.request("DELETE", upload.path, headers=headers).raise_for_status()
    for client in processes:
        assert client.request("HEAD", upload.path, headers=headers).status_code == 410


def test_a_wait_ends_whoever_reads_the_file(processes: Processes) -> None:
    share = processes.clients[0].create_ready(CSV, "a.csv")

    def upload(number: int) -> str:
        with Client(processes.server.url) as client:
            answer = client.upload(
                share, b"a\n%d\n" % number, "b.csv", headers={"Prefer": "wait=50"}
            )
        return str(answer["state"])

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(upload, range(9))) == {"ready"}


def test_one_key_makes_one_share_through_all_processes(processes: Processes) -> None:
    headers = {"Idempotency-Key": "the-same-key-everywhere"}

    def create(client: Client) -> tuple[int, str, str]:
        answer = client.request("POST", f"{API}/shares?filename=a.csv", data=CSV, headers=headers)
        told = answer.json()
        return answer.status_code, told["id"], told["edit_token"]

    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(create, processes))
    assert len(made) == 1
    assert set(map(create, processes)) == made
    assert {status for status, _, _ in made} == {201}


def test_a_browser_is_known_to_all_processes(processes: Processes) -> None:
    first, *others = processes
    here = {"Sec-Fetch-Site": "same-origin", "Origin": processes.server.url}
    made = first.request("POST", f"{API}/shares?filename=a.csv", data=CSV, headers=here)
    share, cookie = made.json()["id"], made.headers["Set-Cookie"].partition(";")[0]
    for client in others:
        sent = {**here, "Cookie": cookie}
        listed = client.request("GET", f"{API}/shares", headers=sent).json()["shares"]
        assert share in [one["id"] for one in listed]
        path = f"{API}/shares/{share}"
        changed = client.request("PATCH", path, json={"title": "Mine"}, headers=sent)
        assert changed.status_code == 200


def test_a_presenter_is_seen_through_all_processes(processes: Processes) -> None:
    first, second, third = processes
    share = first.create_ready(CSV, "a.csv")
    address, headers = (
        f"{API}/shares/{share.id}/presenter",
        {"Authorization": f"Bearer {share.token}"},
    )
    with third.changes(share.id) as channel:
        channel.recv(30)
        for offset, client in enumerate((first, second, first, second)):
            client.request(
                "PUT", address, json={"offset": offset}, headers=headers
            ).raise_for_status()
            # Each move was answered before the next: the last one stands, whoever wrote it.
            assert third.request("GET", address).json()["position"]["offset"] == offset
        assert "presenter" in next_change(channel)["what"]


def test_the_figures_are_those_of_all(processes: Processes) -> None:
    share = processes.clients[0].create(CSV, "a.csv")
    with processes.clients[1].changes(share.id) as channel:
        channel.recv(30)
        for client in processes:
            told = client.request("GET", "/metrics").text
            open_channels = [
                line for line in told.splitlines() if line.startswith("tablecast_subscribers{")
            ]
            assert open_channels == [
                f'tablecast_subscribers{{process="{number}"}} {float(number == 2)}'
                for number in (1, 2, 3)
            ]
            assert told.count("# TYPE tablecast_subscribers gauge") == 1
