"""The first rows of an upload are there while the rest of it is still on its way."""

from __future__ import annotations

import requests

from tests.client import API, Client

TUS = {"Tus-Resumable": "1.0.0"}
HEADER = b"id,word\n"
ROWS = b"".join(b"%d,word %d\n" % (number, number) for number in range(300_000))
CONTENT = HEADER + ROWS


def begin(client: Client, size: int) -> dict[str, str]:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": "filename YS5jc3Y="}
    answer = client.request("POST", f"{API}/uploads", headers=headers)
    assert answer.status_code == 201
    return {"path": answer.headers["Location"], "share": answer.headers["Tablecast-Share"]}


def send(client: Client, path: str, offset: int, data: bytes) -> requests.Response:
    headers = {
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    return client.request("PATCH", path, data=data, headers=headers)


def test_the_first_rows_can_be_read_before_the_last_byte_has_come(client: Client) -> None:
    upload = begin(client, len(CONTENT))
    rows = f"{upload['path']}/rows"
    nothing = client.request("GET", rows)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_yet")
    send(client, upload["path"], 0, CONTENT[:1_200_000])
    seen = client.request("GET", rows)
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.json()["complete"] is False
    [sheet] = seen.json()["sheets"]
    assert [column["key"] for column in sheet["columns"]] == ["id", "word"]
    assert sheet["first_rows"][:2] == [["0", "word 0"], ["1", "word 1"]]
    assert len(sheet["first_rows"]) == 50
    done = send(client, upload["path"], 1_200_000, CONTENT[1_200_000:])
    assert done.headers["Tablecast-Revision"] == "1"
    client.wait_ready(upload["share"], 1)
    assert client.page(upload["share"])["total"] == 300_000


def test_a_small_upload_shows_what_it_has_and_then_all_of_it(client: Client) -> None:
    content = b"a,b\n1,x\n2,y\n"
    upload = begin(client, len(content))
    send(client, upload["path"], 0, content[:10])
    part = client.request("GET", f"{upload['path']}/rows").json()
    assert part["sheets"][0]["first_rows"] == [["1", "x"]]
    send(client, upload["path"], 10, content[10:])
    whole = client.request("GET", f"{upload['path']}/rows").json()
    assert whole["sheets"][0]["first_rows"] == [["1", "x"], ["2", "y"]]
    assert whole["complete"] is True


def test_a_workbook_has_no_first_rows_before_it_is_whole(client: Client) -> None:
    upload = begin(client, 1_000)
    send(client, upload["path"], 0, b"PK\x03\x04" + b"x" * 500)
    answer = client.request("GET", f"{upload['path']}/rows")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_yet")


def test_an_unknown_upload_has_no_rows(client: Client) -> None:
    assert client.request("GET", f"{API}/uploads/{'x' * 32}/rows").status_code == 404
