"""Bodies that are wrong in every way: each gets its named 4xx, and nothing of it is left."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.raw import exchange, request, settled
from tests.client import API, Client
from tests.conftest import StartServer
from tests.server import Server

CSV = b"a,b\n1,x\n"
SHARES = f"{API}/shares"
FORM = "Content-Type: multipart/form-data; boundary=x"
FILE = 'Content-Disposition: form-data; name="file"; filename="a.csv"'


@pytest.fixture(autouse=True)
def _nothing_is_left(server: Server, client: Client) -> Iterator[None]:
    yield
    settled(server, client)


def form(*parts: tuple[str, bytes], end: bytes = b"\r\n--x--\r\n") -> bytes:
    """A multipart body with boundary x of parts with their headers."""
    return (
        b"\r\n".join(b"--x\r\n%s\r\n\r\n%s" % (head.encode(), body) for head, body in parts) + end
    )


NESTED = form(
    ("Content-Disposition: form-data; name=\"file\"\r\nContent-Type: multipart/mixed; boundary=y",
     b"--y\r\nContent-Disposition: file; filename=a.csv\r\n\r\na\r\n--y--"),
)  # fmt: skip

FORMS = {
    "no boundary": ("Content-Type: multipart/form-data", form((FILE, CSV)), "malformed_body"),
    "empty boundary": (
        'Content-Type: multipart/form-data; boundary=""',
        form((FILE, CSV)),
        "malformed_body",
    ),
    "endless boundary": (f"{FORM}{'x' * 3000}", form((FILE, CSV)), "malformed_body"),
    "boundary of other letters": (
        "Content-Type: multipart/form-data; boundary=\xff\xfe",
        form((FILE, CSV)),
        "malformed_body",
    ),
    "no final boundary": (FORM, form((FILE, CSV), end=b""), "malformed_body"),
    "huge part header": (
        FORM,
        form((f"{FILE}\r\nX-Long: {'a' * 100_000}", CSV)),
        "malformed_body",
    ),
    "many part headers": (
        FORM,
        form((FILE + "".join(f"\r\nX-{n}: 1" for n in range(100)), CSV)),
        "malformed_body",
    ),
    "header without a colon": (FORM, form(("nonsense", CSV)), "malformed_body"),
    "header that is not UTF-8": (
        FORM,
        form((FILE, CSV)).replace(b"a.csv", b"\xff"),
        "malformed_body",
    ),
    "part without a name": (
        FORM,
        form(("Content-Disposition: form-data", CSV)),
        "missing_file",
    ),
    "no part at all": (FORM, b"--x--\r\n", "missing_file"),
    "nothing but noise": (FORM, b"noise " * 1000, "malformed_body"),
    "empty body": (FORM, b"", "malformed_body"),
    "name without a file": (
        FORM,
        form(('Content-Disposition: form-data; name="title"', b"x")),
        "missing_file",
    ),
    "two files": (FORM, form((FILE, CSV), (FILE, CSV)), "malformed_body"),
    "a field twice": (
        FORM,
        form(
            ('Content-Disposition: form-data; name="title"', b"x"),
            ('Content-Disposition: form-data; name="title"', b"y"),
            (FILE, CSV),
        ),
        "malformed_body",
    ),
    "100,000 fields": (
        FORM,
        form(*[(f'Content-Disposition: form-data; name="f{n}"', b"x") for n in range(100_000)]),
        "malformed_body",
    ),
    "huge field": (
        FORM,
        form(('Content-Disposition: form-data; name="title"', b"x" * 1_000_000), (FILE, CSV)),
        "malformed_body",
    ),
    "field that is not UTF-8": (
        FORM,
        form(('Content-Disposition: form-data; name="title"', b"\xff"), (FILE, CSV)),
        "malformed_body",
    ),
    "unknown field": (
        FORM,
        form(('Content-Disposition: form-data; name="colour"', b"red"), (FILE, CSV)),
        "invalid_parameter",
    ),
    "control character in the title": (
        FORM,
        form(('Content-Disposition: form-data; name="title"', b"a\0b"), (FILE, CSV)),
        "invalid_parameter",
    ),
    "control character in the file name": (
        FORM,
        form((FILE.replace("a.csv", "a\x01.csv"), CSV)),
        "invalid_parameter",
    ),
    "empty file": (FORM, form((FILE, b"")), "empty_file"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_malformed_form_is_refused_by_name(server: Server, name: str) -> None:
    content_type, body, code = FORMS[name]
    answer = request(server, "POST", SHARES, content_type, body=body)
    assert (answer.status, answer.problem["code"]) == (400, code)


def test_a_form_within_a_form_is_just_a_file(server: Server) -> None:
    assert request(server, "POST", SHARES, FORM, body=NESTED).status == 201


CHUNKED = "Transfer-Encoding: chunked"
FRAMES = {
    "a length that is none": ("Content-Length: abc", b""),
    "a negative length": ("Content-Length: -5", b""),
    "a length with a sign": ("Content-Length: +5", b"hello"),
    "a length with an underscore": ("Content-Length: 1_0", b"helloworld"),
    "two lengths": ("Content-Length: 5\r\nContent-Length: 6", b"hello!"),
    "a length in other digits": ("Content-Length: \xb2", b"he"),
    "a length beyond all bounds": (f"Content-Length: {'9' * 400}", b"he"),
    "a length and chunks": (f"Content-Length: 5\r\n{CHUNKED}", b"5\r\nhello\r\n0\r\n\r\n"),
    "an encoding of transfer nobody knows": ("Transfer-Encoding: gzip, chunked", b""),
    "identity and chunks": (f"{CHUNKED}, identity", b"0\r\n\r\n"),
    "chunks of no length": (CHUNKED, b"zz\r\nhello\r\n0\r\n\r\n"),
    "chunks of a negative length": (CHUNKED, b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunks that end wrongly": (CHUNKED, b"5\r\nhelloworld\r\n0\r\n\r\n"),
    "no host": ("", b""),
    "two hosts": ("Host: x\r\nHost: y", b""),
    "a space in a header's name": ("Host: x\r\nBad Header: y", b""),
    "a NUL in a header": ("Host: x\r\nX-A: a\0b", b""),
    "a line that is no header": ("Host: x\r\nnonsense", b""),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("path", [f"{SHARES}?filename=a.csv", "/healthz", "/nowhere"])
def test_what_is_not_http_is_refused_and_the_connection_closed(
    server: Server, name: str, path: str
) -> None:
    headers, body = FRAMES[name]
    host = "" if "host" in name or headers.startswith("Host") else "Host: x\r\n"
    sent = f"POST {path} HTTP/1.1\r\n{host}{headers}\r\n\r\n".encode("latin-1") + body
    answer = exchange(server, sent)
    assert answer.status in (400, 413)


@pytest.mark.parametrize("same", ["5, 5", "5,5"])
def test_a_length_said_twice_alike_is_one_length(server: Server, same: str) -> None:
    sent = (
        f"POST {SHARES}?filename=a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: {same}\r\n\r\nhello"
    )
    assert exchange(server, sent).status == 201


def test_a_client_that_waits_to_be_told_is_told_before_it_sends(server: Server) -> None:
    expecting = ("Expect: 100-continue", "Content-Length: 5000000")
    refused = request(server, "POST", f"{SHARES}?colour=red", *expecting, length=False)
    assert (refused.status, refused.problem["code"]) == (400, "invalid_parameter")
    assert request(server, "POST", SHARES, *expecting, length=False).status == 100


@pytest.mark.parametrize("encoding", ["gzip", "br", "nonsense"])
def test_an_encoded_body_is_refused_and_not_taken_for_the_file(
    server: Server, encoding: str
) -> None:
    answer = request(server, "POST", SHARES, f"Content-Encoding: {encoding}", body=CSV)
    assert (answer.status, answer.problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("path", "status"), [("/healthz", 405), ("/nowhere", 404), ("/", 405)])
def test_a_large_body_at_a_wrong_address_gets_the_same_answer(
    server: Server, path: str, status: int
) -> None:
    answer = request(server, "POST", path, body=b"x" * 3_000_000)
    assert answer.status == status
    assert answer.problem["code"] == {404: "not_found", 405: "method_not_allowed"}[status]


JSON_BODIES = {
    "nothing": (b"", "malformed_body"),
    "null": (b"null", "malformed_body"),
    "a list": (b"[]", "malformed_body"),
    "a text": (b'"title"', "malformed_body"),
    "a number": (b"5", "malformed_body"),
    "half": (b'{"title": "x"', "bad_request"),
    "NaN": (b'{"title": NaN}', "bad_request"),
    "not UTF-8": (b'{"title": "\xff"}', "bad_request"),
    "half a surrogate pair": (b'{"title": "\\ud800"}', "bad_request"),
    "UTF-16": ('{"title": "x"}'.encode("utf-16"), "bad_request"),
    "100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "bad_request"),
    "deep within": (b'{"title": ' + b"[" * 900 + b"]" * 900 + b"}", "malformed_body"),
    "title 5": (b'{"title": 5}', "malformed_body"),
    "title of 5,000 digits": (b'{"title": %s}' % (b"9" * 5000), "bad_request"),
    "title null": (b'{"title": null}', "malformed_body"),
    "title list": (b'{"title": []}', "malformed_body"),
    "title object": (b'{"title": {}}', "malformed_body"),
    "title empty": (b'{"title": ""}', "malformed_body"),
    "title blank": (b'{"title": " \xe2\x80\x83"}', "malformed_body"),
    "title too long": (json.dumps({"title": "x" * 201}).encode(), "malformed_body"),
    "title NUL": (b'{"title": "a\\u0000b"}', "malformed_body"),
    "title of two lines": (b'{"title": "a\\nb"}', "malformed_body"),
    "title escape": (b'{"title": "a\\u009bb"}', "malformed_body"),
    "unknown field": (b'{"title": "x", "colour": "red"}', "malformed_body"),
    "unknown NUL field": (b'{"title": "x", "\\u0000": 1}', "malformed_body"),
}


@pytest.mark.parametrize("name", JSON_BODIES)
def test_json_that_is_not_what_is_wanted_is_refused_by_name(
    server: Server, client: Client, name: str
) -> None:
    body, code = JSON_BODIES[name]
    share = client.create(CSV, "a.csv")
    path, token = f"{SHARES}/{share.id}", f"Authorization: Bearer {share.token}"
    for method, address in (("POST", SHARES), ("PATCH", path)):
        answer = request(
            server, method, address, token, "Content-Type: application/json", body=body
        )
        assert (answer.status, answer.problem["code"]) == (400, code)
    assert client.share(share.id)["title"] == "a.csv"


def test_json_without_a_title_makes_an_untitled_share_but_renames_none(client: Client) -> None:
    made = client.request("POST", SHARES, json={})
    assert (made.status_code, made.json()["title"]) == (201, "Untitled")
    headers = {"Authorization": f"Bearer {made.json()['edit_token']}"}
    renamed = client.request("PATCH", f"{SHARES}/{made.json()['id']}", json={}, headers=headers)
    assert (renamed.status_code, renamed.json()["code"]) == (400, "malformed_body")


def test_json_larger_than_any_document_is_refused(client: Client) -> None:
    answer = client.request("POST", SHARES, json={"title": "x" * 2_000_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("title", ["a%00b", "a%0Ab", "a%1B%5B31m", "%C2%85", "%E2%80%A8"])
def test_control_characters_in_titles_and_file_names_are_refused_on_every_database(
    any_client: Client, title: str
) -> None:
    for parameter in ("title", "filename", "sheet", "encoding"):
        query = f"{parameter}={title}" + ("" if parameter == "filename" else "&filename=a.csv")
        answer = any_client.request("POST", f"{SHARES}?{query}", data=CSV)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
        assert answer.json()["errors"][0]["parameter"] == parameter
    made = any_client.request("POST", SHARES, json={"title": "x\u0000"})
    assert (made.status_code, made.json()["code"]) == (400, "malformed_body")


def test_a_name_in_any_script_is_kept(any_client: Client) -> None:
    name = "売上高 – Größe 🧮.csv"
    share = any_client.create(CSV, name)
    assert share.json["revision"]["filename"] == share.json["title"] == name
    header = "Content-Disposition: attachment; filename*=UTF-8''%E5%A3%B2.csv"
    sent = any_client.request("POST", SHARES, data=CSV, headers=dict([header.split(": ", 1)]))
    assert sent.json()["revision"]["filename"] == "売.csv"


def test_a_body_that_stops_coming_is_cut(start_server: StartServer) -> None:
    server = start_server(env={"TABLECAST_UPLOAD_IDLE_S": "0.3"})
    half = (f"{FORM}\r\nContent-Length: 500", b"--x\r\n"), ("Content-Length: 50", b"a,b\n")
    for headers, body in half:
        sent = f"POST {SHARES} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode() + body
        answer = exchange(server, sent)
        assert (answer.status, answer.problem["code"]) == (408, "upload_stalled")
    with Client(server.url) as client:
        settled(server, client)
