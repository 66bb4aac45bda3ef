"""tus over HTTP: what the protocol promises, and what the server refuses."""

from __future__ import annotations

import hashlib

import pytest

from tests.client import API, Client
from tests.conftest import Seeded, StartServer
from tests.server import Server
from tests.tus.speaking import (
    BYTES,
    TUS,
    UPLOADS,
    begin,
    code,
    head,
    metadata,
    offset_of,
    patch,
    table,
)

CSV = b"a,b\n1,x\n2,y\n"
MIB = 1024 * 1024


def test_the_server_says_what_it_can(client: Client) -> None:
    answer = client.request("OPTIONS", UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(16 * 1024 * MIB)
    extensions = {"creation", "creation-with-upload", "expiration", "termination"}
    assert set(answer.headers["Tus-Extension"].split(",")) == extensions


def test_an_upload_in_parts_becomes_a_revision(any_server: Server, seeded: Seeded) -> None:
    content = table(seeded.random, 2_500_000)
    with Client(any_server.url) as client:
        upload = begin(client, len(content), title="In parts")
        assert client.share(upload.share)["title"] == "In parts"
        assert client.share(upload.share)["latest"] == 0
        at = 0
        for size in (1, 65_535, 1, 1_048_577, 0, 500_000):
            answer = patch(client, upload.path, at, content[at : at + size])
            at += size
            assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(at))
            assert "Upload-Expires" in answer.headers
            assert "Tablecast-Revision" not in answer.headers
            assert offset_of(client, upload.path) == at
        last = patch(client, upload.path, at, content[at:])
        assert last.headers["Tablecast-Revision"] == "1"
        assert last.headers["Content-Location"] == f"{API}/shares/{upload.share}/revisions/1"
        revision = client.wait_ready(upload.share, 1)
        assert revision["sha256"] == hashlib.sha256(content).hexdigest()
        assert revision["filename"] == "table.csv"
        assert client.original(upload.share, 1) == content


def test_head_says_where_to_go_on_and_what_was_said(client: Client) -> None:
    upload = begin(client, 100)
    patch(client, upload.path, 0, b"a,b\n")
    answer = head(client, upload.path)
    assert answer.headers["Upload-Offset"] == "4"
    assert answer.headers["Upload-Length"] == "100"
    assert answer.headers["Upload-Metadata"] == metadata(filename="table.csv")["Upload-Metadata"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Tablecast-Share"] == upload.share


def test_the_state_is_told_as_json_without_ending_anything(client: Client) -> None:
    upload = begin(client, len(CSV), delimiter="comma")
    patch(client, upload.path, 0, CSV[:5])
    state = client.request("GET", upload.path).json()
    assert (state["share"], state["offset"], state["size"]) == (upload.share, 5, len(CSV))
    assert (state["options"], state["revision"]) == ({"delimiter": ","}, None)
    patch(client, upload.path, 5, CSV[5:])
    state = client.request("GET", upload.path).json()
    assert (state["offset"], state["revision"]) == (len(CSV), 1)
    assert state["links"]["revision"] == f"{API}/shares/{upload.share}/revisions/1"


def test_the_first_bytes_may_come_with_the_creation(client: Client) -> None:
    part = begin(client, len(CSV), body=CSV[:7])
    assert part.answer.headers["Upload-Offset"] == "7"
    assert patch(client, part.path, 7, CSV[7:]).headers["Tablecast-Revision"] == "1"
    whole = begin(client, len(CSV), body=CSV)
    assert whole.answer.headers["Tablecast-Revision"] == "1"
    for upload in (part, whole):
        assert client.original(upload.share, 1) == CSV


def test_the_maker_of_a_share_gets_its_token(client: Client) -> None:
    upload = begin(client, len(CSV), body=CSV)
    assert upload.token is not None
    bearer = {"Authorization": f"Bearer {upload.token}"}
    again = begin(client, len(CSV), body=CSV, headers=bearer, share=upload.share)
    assert (again.share, again.token) == (upload.share, None)
    assert again.answer.headers["Tablecast-Revision"] == "2"


def test_a_page_of_ours_gets_a_session_that_may_change_the_share(server: Server) -> None:
    with Client(server.url) as browser, Client(server.url) as stranger:
        origin = {"Origin": server.url}
        upload = begin(browser, len(CSV), body=CSV, headers=origin)
        assert "tablecast_session" in browser.session.cookies
        again = begin(browser, len(CSV), body=CSV, headers=origin, share=upload.share)
        assert again.answer.headers["Tablecast-Revision"] == "2"
        listed = browser.request("GET", f"{API}/shares", headers=origin).json()["shares"]
        assert [share["id"] for share in listed] == [upload.share]
        begin(stranger, len(CSV), headers={"Origin": "https://elsewhere.example"})
        assert "tablecast_session" not in stranger.session.cookies


def test_a_revision_of_a_share_needs_the_right_to_change_it(client: Client) -> None:
    one, two = begin(client, len(CSV), body=CSV), begin(client, len(CSV), body=CSV)

    def attempt(share: str, **headers: str) -> tuple[int, str]:
        said = {**TUS, "Upload-Length": "5", **metadata(share=share), **headers}
        return code(client.request("POST", UPLOADS, headers=said))

    bearer = f"Bearer {two.token}"
    assert attempt(one.share) == (401, "credentials_required")
    assert attempt(one.share, Authorization=bearer) == (403, "not_allowed")
    assert attempt("nobody", Authorization=bearer) == (404, "not_found")


def test_a_stranger_does_not_find_an_upload(client: Client) -> None:
    for path in (f"{UPLOADS}/unknown", f"{UPLOADS}/{'x' * 64}"):
        assert head(client, path).status_code == 404
        assert code(client.request("GET", path)) == (404, "not_found")
        assert code(patch(client, path, 0, b"x")) == (404, "not_found")
        assert code(client.request("DELETE", path, headers=TUS)) == (404, "not_found")


def test_a_wrong_offset_changes_nothing(any_server: Server) -> None:
    with Client(any_server.url) as client:
        upload = begin(client, len(CSV))
        patch(client, upload.path, 0, CSV[:5])
        for wrong in (0, 4, 6, len(CSV) - 1):
            answer = patch(client, upload.path, wrong, b"z")
            assert code(answer) == (409, "wrong_offset")
            assert answer.headers["Upload-Offset"] == "5"
        patch(client, upload.path, 5, CSV[5:])
        assert client.original(upload.share, 1) == CSV


def test_more_than_was_announced_is_refused_and_the_rest_can_still_come(client: Client) -> None:
    upload = begin(client, len(CSV))
    told = patch(client, upload.path, 0, CSV + b"more")
    assert code(told) == (413, "payload_too_large")
    streamed = client.request(
        "PATCH",
        upload.path,
        data=iter([CSV[:4], CSV[4:] + b"more"]),
        headers={**TUS, **BYTES, "Upload-Offset": "0"},
    )
    assert code(streamed) == (413, "payload_too_large")
    at = offset_of(client, upload.path)
    assert patch(client, upload.path, at, CSV[at:]).headers["Tablecast-Revision"] == "1"
    assert client.original(upload.share, 1) == CSV


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Tus-Resumable": "0.2.2"}, (412, "unsupported_tus")),
        ({"Upload-Length": "minus"}, (400, "bad_request")),
        ({"Upload-Length": "-1"}, (400, "bad_request")),
        ({"Upload-Length": "0"}, (400, "empty_file")),
        ({"Upload-Length": str(2**40)}, (413, "payload_too_large")),
        ({"Upload-Defer-Length": "1"}, (400, "bad_request")),
        ({"Upload-Metadata": "filename ???"}, (400, "bad_request")),
        ({"Upload-Metadata": "a YQ==,a YQ=="}, (400, "bad_request")),
        (metadata(delimiter="two"), (400, "invalid_parameter")),
        (metadata(header_row="-1"), (400, "invalid_parameter")),
        (metadata(share="../x"), (400, "invalid_parameter")),
        ({"Content-Type": "text/csv"}, (415, "unsupported_media_type")),
        ({"Idempotency-Key": "short"}, (400, "bad_request")),
    ],
)
def test_what_is_wrong_with_an_announcement_is_named(
    client: Client, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    body = b"a" if "Content-Type" in headers else b""
    said = {**TUS, "Upload-Length": "5", **headers}
    answer = client.request("POST", UPLOADS, data=body, headers=said)
    assert code(answer) == refusal
    if refusal[1] == "unsupported_tus":
        assert answer.headers["Tus-Version"] == "1.0.0"


def test_what_is_wrong_with_a_part_is_named(client: Client) -> None:
    upload = begin(client, 5)

    def attempt(**headers: str) -> tuple[int, str]:
        return code(patch(client, upload.path, 0, b"a", **headers))

    assert attempt(**{"Tus-Resumable": "2"}) == (412, "unsupported_tus")
    assert attempt(**{"Content-Type": "text/csv"}) == (415, "unsupported_media_type")
    assert attempt(**{"Upload-Offset": "x"}) == (400, "bad_request")
    assert head(client, upload.path).headers["Upload-Offset"] == "0"
    without = client.request("HEAD", upload.path)
    assert (without.status_code, without.headers["Tus-Version"]) == (412, "1.0.0")


def test_metadata_of_other_clients_is_taken(client: Client) -> None:
    upload = begin(client, len(CSV), body=CSV, filetype="text/csv", relativePath="", name="b.csv")
    assert client.revision(upload.share, 1)["filename"] == "table.csv"
    said = {**TUS, **BYTES, "Upload-Length": str(len(CSV)), **metadata(name="dir/売上.csv")}
    share = client.request("POST", UPLOADS, data=CSV, headers=said).json()["share"]
    assert client.revision(share["id"], 1)["filename"] == "売上.csv"
    assert share["title"] == "売上.csv"


def test_a_method_may_be_said_in_a_header(client: Client) -> None:
    upload = begin(client, len(CSV))
    override = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    answer = client.request("POST", upload.path, data=CSV, headers={**TUS, **BYTES, **override})
    assert (answer.status_code, answer.headers["Tablecast-Revision"]) == (204, "1")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE", "HEAD", "GET"])
def test_only_post_begins_an_upload(client: Client, method: str) -> None:
    origin = {"Origin": client.url}
    said = {**TUS, **BYTES, **origin, "Upload-Length": "5", "Upload-Offset": "0"}
    assert client.request(method, UPLOADS, headers=said).status_code == 405
    override = {**said, "X-HTTP-Method-Override": method}
    answer = client.request("POST", UPLOADS, data=b"a,b\n1", headers=override)
    assert answer.status_code == (405 if method in ("PATCH", "DELETE") else 201)
    made = client.request("GET", f"{API}/shares", headers=origin).json()["shares"]
    assert len(made) == (1 if answer.status_code == 201 else 0)


def test_an_upload_that_was_ended_is_gone_and_leaves_the_share(any_server: Server) -> None:
    with Client(any_server.url) as client:
        upload = begin(client, len(CSV), body=CSV[:5])
        assert client.request("DELETE", upload.path, headers=TUS).status_code == 204
        assert head(client, upload.path).status_code == 410
        assert code(client.request("GET", upload.path)) == (410, "upload_gone")
        assert code(patch(client, upload.path, 5, CSV[5:])) == (410, "upload_gone")
        assert client.share(upload.share)["latest"] == 0


def test_ending_a_finished_upload_keeps_the_revision(client: Client) -> None:
    upload = begin(client, len(CSV), body=CSV)
    assert client.request("DELETE", upload.path, headers=TUS).status_code == 204
    assert client.original(upload.share, 1) == CSV
    assert head(client, upload.path).headers["Tablecast-Revision"] == "1"


def test_an_upload_goes_with_its_share(client: Client) -> None:
    upload = begin(client, len(CSV), body=CSV[:5])
    bearer = {"Authorization": f"Bearer {upload.token}"}
    client.request("DELETE", f"{API}/shares/{upload.share}", headers=bearer)
    assert head(client, upload.path).status_code == 404
    assert code(patch(client, upload.path, 5, CSV[5:])) == (404, "not_found")


def test_if_match_is_checked_at_the_beginning_and_at_the_end(any_server: Server) -> None:
    with Client(any_server.url) as client:
        first = begin(client, len(CSV), body=CSV)
        bearer = {"Authorization": f"Bearer {first.token}"}
        client.wait_ready(first.share, 1)
        etag = client.request("GET", f"{API}/shares/{first.share}").headers["ETag"]
        bearer["If-Match"] = etag
        slow = begin(client, len(CSV), body=CSV[:5], headers=bearer, share=first.share)
        quick = begin(client, len(CSV), body=CSV, headers=bearer, share=first.share)
        assert quick.answer.headers["Tablecast-Revision"] == "2"
        said = {**TUS, "Upload-Length": "5", **metadata(share=first.share), **bearer}
        late = client.request("POST", UPLOADS, headers=said)
        assert code(late) == (412, "precondition_failed")
        assert code(patch(client, slow.path, 5, CSV[5:])) == (412, "precondition_failed")
        assert head(client, slow.path).status_code == 410
        assert client.share(first.share)["latest"] == 2


def test_a_creation_that_is_repeated_with_its_key_is_the_same(any_server: Server) -> None:
    with Client(any_server.url) as client:
        key = {"Idempotency-Key": "2b6a0a4e-93c1-4d43-8f3e-7d3c1d6e0a11"}
        one = begin(client, len(CSV), headers=key)
        two = begin(client, len(CSV), headers=key)
        assert (one.path, one.share, one.token) == (two.path, two.share, two.token)
        said = {**TUS, "Upload-Length": "5", **key}
        other = client.request("POST", UPLOADS, headers=said)
        assert code(other) == (422, "idempotency_mismatch")
        client.request("DELETE", one.path, headers=TUS)
        assert begin(client, len(CSV), headers=key).path != one.path


def test_a_file_over_the_limit_is_refused_before_it_comes(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_MAX_UPLOAD_BYTES": "1000"})
    with Client(server.url) as client:
        answer = client.request("POST", UPLOADS, headers={**TUS, "Upload-Length": "1001"})
        assert code(answer) == (413, "payload_too_large")
        assert answer.json()["limit"] == 1000
        assert client.request("OPTIONS", UPLOADS).headers["Tus-Max-Size"] == "1000"
        begin(client, 1000)
