"""What is written of text: formulas are not run, numbers stay numbers, nothing is cut off."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from tests.client import Client, Created

RUN = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋A1",
    "－A1",
    "＠A1",
    "-A1",
    "+A1",
    '=HYPERLINK("https://evil.example","click")',
]
HARMLESS = [
    "-12",
    "-12.50",
    "+4712345",
    "-1.5e-3",
    "-1,234.50",
    "+49 170 1234567",
    "-7 %",
    "-.5",
    "-",
    "--",
    "+",
    "a=b",
    "'=1",
    "x",
    "١-٢",
    "",
]


def uploaded(values: list[str]) -> bytes:
    """A table with a column of these texts, and one of negative numbers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["text", "=header()", "loss"])
    writer.writerows([value, "x", f"-{position}.50"] for position, value in enumerate(values))
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def share(server: Any) -> Created:
    with Client(server.url) as client:
        return client.create_ready(uploaded([*RUN, *HARMLESS]), "formulas.csv")


@pytest.mark.parametrize(("extension", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_text_that_would_be_run_is_marked_and_nothing_else(
    client: Client, share: Created, extension: str, delimiter: str
) -> None:
    rows = delimited(client, f"/s/{share.id}.{extension}", delimiter)
    assert rows[0] == ["text", "'=header()", "loss"]
    texts = [row[0] for row in rows[1:]]
    assert texts[: len(RUN)] == [f"'{text}" for text in RUN]
    assert texts[len(RUN) :] == HARMLESS
    assert [row[2] for row in rows[1:]] == [f"-{number}.50" for number in range(len(texts))]


@pytest.mark.parametrize(("extension", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_raw_leaves_text_untouched(
    client: Client, share: Created, extension: str, delimiter: str
) -> None:
    rows = delimited(client, f"/s/{share.id}.{extension}?raw=true", delimiter)
    assert rows[0] == ["text", "=header()", "loss"]
    assert [row[0] for row in rows[1:]] == [*RUN, *HARMLESS]


def delimited(client: Client, path: str, delimiter: str) -> list[list[str]]:
    """The cells of an export of text."""
    text = client.request("GET", path).content.decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize("query", ["", "?raw=true"])
def test_a_workbook_holds_the_text_itself_and_marks_it_as_text(
    client: Client, share: Created, query: str
) -> None:
    content = client.request("GET", f"/s/{share.id}.xlsx{query}").content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    # nothing is a formula; a carriage return is a line break to this reader
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    texts = [(cell.value or "").replace("_x000D_", "\r") for cell in cells]
    assert texts == [*RUN, *HARMLESS]
    marked = [bool(cell.quotePrefix) for cell in cells]
    wanted = [not query] * len(RUN) + [False] * len(HARMLESS)
    assert marked == wanted
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == [
        pytest.approx(-number - 0.5) for number in range(len(cells))
    ]


def test_other_formats_never_touch_text(client: Client, share: Created) -> None:
    lines = client.request("GET", f"/s/{share.id}.jsonl").content.splitlines()
    assert [json.loads(line)["text"] or "" for line in lines] == [*RUN, *HARMLESS]


STRANGE = [
    '"',
    "a,b",
    "a\tb",
    "two\nlines",
    " spaces ",
    "\\",
    "\u0001",
    "&<>",
    "_x0041_",
    "\u2028",
    "😀",
]


def test_every_character_comes_through_in_every_format(client: Client) -> None:
    document = "\n".join(json.dumps({"text": text, "n": 1}) for text in STRANGE)
    share = client.create_ready(document.encode(), "strange.jsonl")
    for extension, delimiter in (("csv", ","), ("tsv", "\t")):
        rows = delimited(client, f"/s/{share.id}.{extension}", delimiter)
        assert [row[0] for row in rows[1:]] == STRANGE
    for extension in ("json", "jsonl"):
        content = client.request("GET", f"/s/{share.id}.{extension}").content
        found: list[Any] = (
            json.loads(content)
            if extension == "json"
            else [json.loads(line) for line in content.split(b"\n")[:-1]]
        )
        assert [row["text"] for row in found] == STRANGE
    book = client.request("GET", f"/s/{share.id}.xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    texts = [row[0].value for row in sheet.iter_rows(min_row=2)]
    spelled = {"\u0001": "_x0001_", "_x0041_": "_x005F_x0041_"}
    assert texts == [spelled.get(text, text) for text in STRANGE]


def test_a_null_and_an_empty_text_differ(client: Client) -> None:
    share = client.create_ready(b'{"a": "", "b": 1}\n{"a": null, "b": 2}\n', "nulls.jsonl")
    assert client.request("GET", f"/s/{share.id}.csv").content == b'a,b\n"",1\n,2\n'


def test_a_table_of_one_column_keeps_its_empty_rows(client: Client) -> None:
    share = client.create_ready(b"a\nx\n\ny\n", "one.csv")
    assert client.request("GET", f"/s/{share.id}.csv").content == b'a\nx\n""\ny\n'


def test_a_cell_too_long_for_a_workbook_is_named_and_not_cut(client: Client) -> None:
    share = client.create_ready(b"a,b\n1," + b"x" * 32_768 + b"\n", "long.csv")
    for path in (f"/s/{share.id}.xlsx", f"/s/{share.id}.xlsx?a__eq=1"):
        answer = client.request("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (422, "workbook_too_small")
        assert "32,768" in answer.json()["detail"]
        assert "Content-Disposition" not in answer.headers
    assert b"x" * 32_768 in client.request("GET", f"/s/{share.id}.csv").content
    fits = client.create_ready(b"a,b\n1," + b"x" * 32_767 + b"\n", "long.csv")
    assert client.request("GET", f"/s/{fits.id}.xlsx").status_code == 200


def test_more_rows_than_a_workbook_has_are_named_before_anything_is_written(client: Client) -> None:
    rows = b"a\n" + b"1\n" * 1_048_576
    share = client.create_ready(rows, "tall.csv")
    for path in (f"/s/{share.id}.xlsx", f"/s/{share.id}.xlsx?a__eq=1"):
        answer = client.request("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (422, "workbook_too_small")
        assert "1,048,57" in answer.json()["detail"]
    assert client.request("GET", f"/s/{share.id}.csv").content == rows


def test_a_sheet_is_chosen_by_name_and_named_in_the_download(client: Client) -> None:
    book = openpyxl.Workbook()
    for name, value in (("First", 1), ("Zweite / été", 2)):
        sheet = book.create_sheet(name.replace("/", "-"))
        sheet.append(["a"])
        sheet.append([value])
    file = io.BytesIO()
    book.save(file)
    share = client.create_ready(file.getvalue(), "book.xlsx")
    answer = client.request("GET", f"/s/{share.id}.csv", params={"sheet": "Zweite - été"})
    assert answer.content == b"a\n2\n"
    assert "book%20-%20Zweite%20-%20%C3%A9t%C3%A9.csv" in answer.headers["Content-Disposition"]
    assert client.request("GET", f"/s/{share.id}.csv?sheet_index=1").content == b"a\n2\n"
