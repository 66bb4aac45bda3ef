"""Inspecting, reading again and restoring: look first, change your mind, go back."""

from __future__ import annotations

import pytest
import requests

from tests.client import API, Client
from tests.server import Server

CSV = b"a;b\n1;x\n2;y\n"


def inspect(client: Client, body: bytes, **query: str) -> requests.Response:
    return client.request("POST", f"{API}/inspect", data=body, params=query)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_an_inspection_says_how_a_file_would_be_read(client: Client) -> None:
    seen = inspect(client, CSV, filename="a.csv").json()
    assert (seen["complete"], seen["failure"], seen["options"]) == (True, None, {})
    assert seen["report"]["delimiter"]["value"] == ";"
    [sheet] = seen["sheets"]
    assert [(column["key"], column["type"]) for column in sheet["columns"]] == [
        ("a", "integer"),
        ("b", "text"),
    ]
    assert sheet["first_rows"] == [["1", "x"], ["2", "y"]]


def test_options_are_tried_before_they_are_used(client: Client) -> None:
    seen = inspect(client, CSV, delimiter="comma", header_row="0").json()
    assert seen["options"] == {"delimiter": ",", "header_row": 0}
    assert seen["sheets"][0]["first_rows"][0] == ["a;b"]


def test_several_header_rows_are_tried_used_and_used_again(client: Client) -> None:
    content = b"Name;Price;Price\n;net;gross\nanna;x;y\nbert;y;z\n"
    names = ["Name", "Price / net", "Price / gross"]
    seen = inspect(client, content, header_row="1-2").json()
    assert seen["options"] == {"header_row": "1-2"}
    assert [column["name"] for column in seen["sheets"][0]["columns"]] == names
    share = client.create_ready(content, "a.csv", header_row="1-2")
    answer = client.request(
        "POST",
        f"{API}/shares/{share.id}/revisions",
        json={"from_revision": 1, "options": {"header_row": "2"}},
        headers={"Authorization": f"Bearer {share.token}"},
    )
    assert answer.status_code == 201
    assert client.wait_ready(share.id, 2)["options"] == {"header_row": 2}
    assert client.revision(share.id, 1)["options"] == {"header_row": "1-2"}


@pytest.mark.parametrize("rows", ["3-2", "0-2", "1-2-3", "1-", "x", "1-40", "9999999", "1 - 2", ""])
def test_header_rows_that_make_no_sense_are_refused(client: Client, rows: str) -> None:
    answer = inspect(client, b"a,b\n1,2\n", header_row=rows)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert "header_row" in str(answer.json())


def test_the_first_part_of_a_text_is_enough_and_its_cut_row_is_not_shown(client: Client) -> None:
    seen = inspect(client, b"a,b\n1,long\n2,lo", complete="false").json()
    assert seen["complete"] is False
    assert seen["sheets"][0]["first_rows"] == [["1", "long"]]
    wide = inspect(client, ("a,b\n1,\u00f8\n2,\u00f8").encode("utf-16"), complete="false").json()
    assert wide["sheets"][0]["first_rows"] == [["1", "\u00f8"]]


def test_of_a_long_text_only_the_beginning_is_read(client: Client) -> None:
    line = b"1,some words that take room\n"
    seen = inspect(client, b"a,b\n" + line * 400_000).json()
    assert seen["complete"] is False
    assert 0 < seen["sheets"][0]["rows"] < 400_000
    assert len(seen["sheets"][0]["first_rows"]) == 50


def test_a_file_that_cannot_be_read_is_an_answer(client: Client) -> None:
    answer = inspect(client, b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert answer.status_code == 200
    assert answer.json()["failure"]["code"] == "unsupported_format"
    assert inspect(client, b"").json()["code"] == "empty_file"


def test_an_inspection_leaves_nothing(server: Server, client: Client) -> None:
    inspect(client, CSV)
    assert server.own("inspect/*") == []


def test_a_stored_original_is_read_again_with_other_options(client: Client) -> None:
    share = client.create_ready(CSV, "a.csv", delimiter="comma")
    assert client.page(share.id)["columns"][0]["key"] == "a_b"
    answer = client.request(
        "POST",
        f"{API}/shares/{share.id}/revisions",
        json={"from_revision": 1, "options": {"delimiter": "semicolon"}},
        headers={**bearer(share.token), "Prefer": "wait=30"},
    )
    assert answer.status_code == 201
    revision = answer.json()
    assert (revision["number"], revision["state"]) == (2, "ready")
    assert revision["options"] == {"delimiter": ";"}
    assert client.page(share.id)["rows"] == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert client.original(share.id, 2) == CSV


def test_a_restored_revision_is_head_at_once_and_watchers_are_told(client: Client) -> None:
    share = client.create_ready(b"a\nold\n", "old.csv")
    client.upload(share, b"a\nnew\n", "new.csv")
    client.wait_ready(share.id, 2)
    with client.changes(share.id) as channel:
        channel.recv(20)
        answer = client.request(
            "POST",
            f"{API}/shares/{share.id}/revisions",
            json={"restore": 1},
            headers=bearer(share.token),
        )
        assert (answer.status_code, answer.json()["state"]) == (201, "ready")
        assert '"revision":3' in channel.recv(20)
    assert client.page(share.id)["rows"] == [{"a": "old"}]
    assert client.revision(share.id, 3)["filename"] == "old.csv"


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({}, 400, "malformed_body"),
        ({"restore": 1, "from_revision": 1}, 400, "malformed_body"),
        ({"restore": 0}, 400, "malformed_body"),
        ({"from_revision": 1, "options": {"colour": "red"}}, 400, "malformed_body"),
        ({"restore": 9}, 404, "not_found"),
        ({"from_revision": 9}, 404, "not_found"),
    ],
)
def test_what_cannot_be_remade_is_refused(
    client: Client, document: dict[str, object], status: int, code: str
) -> None:
    share = client.create_ready(CSV, "a.csv")
    path = f"{API}/shares/{share.id}/revisions"
    refused = client.request("POST", path, json=document, headers=bearer(share.token))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    nobody = client.request("POST", path, json={"restore": 1})
    assert nobody.status_code == 401
    assert client.share(share.id)["latest"] == 1
