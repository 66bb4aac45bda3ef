"""Uploads over REST: what comes in is what is kept, once, and what is wrong leaves nothing."""

from __future__ import annotations

import hashlib
import random
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.client import API, Client
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a,b\n1,x\n2,y\n"


def upload(
    client: Client, body: object, headers: dict[str, str], **query: str
) -> requests.Response:
    return client.request("POST", f"{API}/shares", data=body, headers=headers, params=query)


def test_a_form_and_a_raw_body_become_the_same_revision(client: Client) -> None:
    raw = upload(client, CSV, {"Prefer": "wait=30"}, filename="a.csv").json()
    form = client.request(
        "POST",
        f"{API}/shares",
        files={"file": ("a.csv", CSV)},
        data={"title": "From a form", "delimiter": ","},
        headers={"Prefer": "wait=30"},
    ).json()
    assert form["title"] == "From a form"
    assert form["revision"]["options"] == {"delimiter": ","}
    for field in ("filename", "size", "sha256", "state", "sheets"):
        assert raw["revision"][field] == form["revision"][field]
    assert raw["revision"]["sha256"] == hashlib.sha256(CSV).hexdigest()


def test_prefer_wait_holds_the_answer_until_the_revision_is_ready(client: Client) -> None:
    answer = upload(client, CSV, {"Prefer": "wait=30"}, filename="a.csv")
    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert answer.json()["revision"]["state"] == "ready"
    assert answer.json()["head"] == 1


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 1_114_111, 1_114_112, 3_500_001])
def test_the_original_comes_back_byte_for_byte(client: Client, size: int) -> None:
    content = b"n\n" + random.Random(size).randbytes(size)
    share = client.create(content, "noise.bin")
    assert share.json["revision"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert client.original(share.id, 1) == content


def test_a_part_of_the_original_comes_by_range(client: Client) -> None:
    content = random.Random(7).randbytes(2_500_000)
    share = client.create(content, "noise.bin")
    path = f"{API}/shares/{share.id}/revisions/1/original"

    def part(wanted: str) -> requests.Response:
        return client.request("GET", path, headers={"Range": wanted})

    middle = part("bytes=1000000-2000000")
    assert middle.status_code == 206
    assert middle.content == content[1_000_000:2_000_001]
    assert middle.headers["Content-Range"] == "bytes 1000000-2000000/2500000"
    assert part("bytes=2499990-").content == content[-10:]
    assert part("bytes=-7").content == content[-7:]
    beyond = part("bytes=2500000-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */2500000")
    stale = client.request("GET", path, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (stale.status_code, len(stale.content)) == (200, len(content))


def test_a_body_without_a_length_is_taken_as_it_comes(client: Client) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a,b\n"
        for number in range(1000):
            yield b"%d,x\n" % number

    answer = client.request("POST", f"{API}/shares?filename=a.csv", data=pieces())
    share_id = answer.json()["id"]
    assert client.wait_ready(share_id, 1)["sheets"][0]["rows"] == 1000


def test_the_same_idempotency_key_gives_the_same_answer(client: Client) -> None:
    headers = {"Idempotency-Key": "7c1e-once-and-only-once"}
    first = upload(client, CSV, headers, filename="a.csv").json()
    again = upload(client, CSV, headers, filename="a.csv").json()
    assert (first["id"], first["edit_token"]) == (again["id"], again["edit_token"])
    assert again["latest"] == 1
    other = upload(client, CSV + b"3,z\n", headers, filename="a.csv")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_an_idempotency_key_belongs_to_its_credential_and_its_share(client: Client) -> None:
    one, two = client.create(CSV, "1.csv"), client.create(CSV, "2.csv")
    headers = {"Idempotency-Key": "the-same"}
    numbers = [
        client.upload(share, CSV, "n.csv", headers=headers)["number"] for share in (one, two)
    ]
    assert numbers == [2, 2]
    assert client.upload(one, CSV, "n.csv", headers=headers)["number"] == 2
    assert client.share(one.id)["latest"] == 2


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("filename=a.csv", b"", "empty_file"),
        ("filename=a.csv&colour=red", CSV, "invalid_parameter"),
        ("filename=a.csv&delimiter=ab", CSV, "invalid_parameter"),
        ("filename=a.csv&header_row=-1", CSV, "invalid_parameter"),
        ("filename=a.csv&title=%20", CSV, "invalid_parameter"),
    ],
)
def test_what_is_wrong_with_an_upload_is_named(
    client: Client, query: str, body: bytes, code: str
) -> None:
    answer = client.request("POST", f"{API}/shares?{query}", data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_form_without_a_file_says_so(client: Client) -> None:
    answer = client.request("POST", f"{API}/shares", files={"data": (None, CSV)})
    assert (answer.status_code, answer.json()["code"]) == (400, "missing_file")
    assert "the name 'file'" in answer.json()["detail"]


def test_the_part_that_has_the_name_of_a_file_is_the_file(client: Client) -> None:
    one = {"data": ("a.csv", CSV), "title": (None, "Named otherwise")}
    made = client.request("POST", f"{API}/shares", files=one).json()
    assert (made["title"], made["revision"]["filename"]) == ("Named otherwise", "a.csv")
    two = {"data": ("a.csv", CSV), "file": ("b.csv", CSV)}
    answer = client.request("POST", f"{API}/shares", files=two)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")
    assert "more than one file" in answer.json()["detail"]


def test_a_file_sent_as_a_field_is_told_how_to_be_a_file(client: Client) -> None:
    answer = client.request("POST", f"{API}/shares", files={"data": (None, CSV * 20_000)})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")
    assert "name the part 'file'" in answer.json()["detail"]
    cut = client.request(
        "POST",
        f"{API}/shares",
        data=b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1,2',
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (cut.status_code, cut.json()["code"]) == (400, "malformed_body")


def test_a_file_over_the_limit_is_refused_whether_or_not_it_says_its_size(
    start_server: StartServer,
) -> None:
    server = start_server(env={"TABLECAST_MAX_UPLOAD_BYTES": "100000"})
    with Client(server.url) as client:
        for body in (b"x" * 2_000_000, iter([b"x" * 50_000] * 40)):
            answer = client.request("POST", f"{API}/shares?filename=a.csv", data=body)
            assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
            assert answer.json()["limit"] == 100_000
        assert client.create(b"x" * 100_000, "a.csv").json["latest"] == 1


def test_an_upload_without_the_right_is_refused_though_its_body_is_long(client: Client) -> None:
    share = client.create(CSV, "a.csv")
    path = f"{API}/shares/{share.id}/revisions?filename=b.csv"
    refused = client.request("POST", path, data=b"x" * 5_000_000)
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_required")
    assert client.share(share.id)["latest"] == 1


def test_a_cut_upload_leaves_nothing_and_costs_no_number(server: Server, client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = (
            f"POST {API}/shares/{share.id}/revisions?filename=b.csv HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {share.token}\r\nContent-Length: 9000000\r\n\r\n"
        )
        connection.sendall(head.encode() + b"x" * 3_000_000)
    assert client.upload(share, CSV, "c.csv")["number"] == 2
    assert client.wait_ready(share.id, 2)["filename"] == "c.csv"


def test_a_path_in_a_file_name_is_not_kept(client: Client) -> None:
    share = client.create(CSV, "C:\\Users\\me\\sales.csv")
    assert share.json["revision"]["filename"] == "sales.csv"


def test_a_file_that_is_no_table_fails_with_a_reason_and_the_old_head_stays(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv")
    client.upload(share, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "b.csv")
    failed = client.wait_settled(share.id, 2)
    assert failed["state"] == "failed"
    assert failed["failure"]["code"]
    assert failed["failure"]["detail"]
    assert client.page(share.id)["revision"] == 1
    pinned = client.request("GET", f"{API}/shares/{share.id}/revisions/2/rows")
    assert (pinned.status_code, pinned.json()["code"]) == (409, "not_ready")
    assert pinned.json()["state"] == "failed"
