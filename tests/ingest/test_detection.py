"""What is detected without being told: encoding, delimiter, quote."""

from __future__ import annotations

import csv

import pytest

from tests.ingest.reading_back import failure_code, read, written_by_csv

PEOPLE = [
    ["name", "city", "born", "amount", "note"],
    ["Müller, Anna", "Zürich", "1980-02-03", "1200.50", 'called "Anni"'],
    ["Jørgensen", "København", "1975-11-30", "80", ""],
    ["García", "A Coruña", "1990-07-07", "15.25", "two\nlines"],
    ["O'Brien", "Café du Nord", "2001-01-01", "-3", "a; b | c"],
] + [[f"Person {n}", "Orléans", "1999-12-31", str(n), "é"] for n in range(30)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_dialect_is_found(delimiter: str, quoting: int, line_end: str) -> None:
    content = written_by_csv(PEOPLE, delimiter=delimiter, quoting=quoting, line_end=line_end)
    back = read(content)
    assert back.report["delimiter"]["value"] == delimiter
    assert [back.names, *back.texts] == PEOPLE


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found(encoding: str, name: str) -> None:
    back = read(written_by_csv(PEOPLE, encoding=encoding))
    assert back.report["encoding"]["value"] == name
    assert [back.names, *back.texts] == PEOPLE


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1251", "Москва Санкт-Петербург Екатеринбург Новосибирск выручка за год"),
        ("cp932", "売上高 東京 大阪 名古屋 株式会社 これは日本語の表です"),
        ("gb18030", "北京 上海 广州 深圳 这是一个中文表格"),
        ("cp949", "서울 부산 대구 인천 이것은 한국어 표입니다"),
        ("cp1250", "Łódź Kraków Gdańsk Wrocław zażółć gęślą jaźń"),
    ],
)
def test_other_scripts_are_found(encoding: str, words: str) -> None:
    rows = [["id", "text"], *([str(n), word] for n, word in enumerate(words.split() * 10))]
    back = read(written_by_csv(rows, encoding=encoding))
    assert [back.names, *back.texts] == rows


@pytest.mark.parametrize(
    ("content", "delimiter", "width"),
    [
        (b"a;b\n1,5;2,5\n2,5;7,1\n", ";", 2),
        (b"when,value\n2024-01-01 10:00:00,5\n2024-01-01 10:00:01,6\n", ",", 2),
        (b"x y z\n1 2 3\n4 5 6\n", " ", 3),
        (b"name\tquote\nanna\tI came, I saw\nbert\tone, two, three\n", "\t", 2),
        (b"name\nJohn Smith\nJane Doe\nJim Beam\n", None, 1),
        (b"time\n10:20:30\n10:20:31\n", None, 1),
        (b"amount\n12\n13\n", None, 1),
        (b"text\nHello, you\nfine\nwell, well, well\n", None, 1),
        (b"url,n\nhttp://a.b/c?d=1|2,1\nhttp://a.b/c?d=1|3,2\n", ",", 2),
    ],
)
def test_the_delimiter_is_told_from_what_looks_like_one(
    content: bytes, delimiter: str | None, width: int
) -> None:
    back = read(content)
    assert len(back.names) == width
    if delimiter:
        assert back.report["delimiter"]["value"] == delimiter


@pytest.mark.parametrize("sign", ["1.234,50 €", "20 °C", "€ 3,00", "12 m²"])
def test_a_sign_beside_a_number_is_no_letter_of_another_encoding(sign: str) -> None:
    back = read(f"item;price\nA;{sign}\nB;{sign}\n".encode("cp1252"))
    assert back.report["encoding"]["value"] == "cp1252"
    assert back.texts[0] == ["A", sign]


def test_half_a_character_of_utf_16_becomes_no_letters() -> None:
    content = (
        b"\xff\xfe" + "name,n\nbad".encode("utf-16-le") + b"\x3d\xd8" + ",2\n".encode("utf-16-le")
    )
    back = read(content)
    assert back.texts == [["bad\ufffd", "2"]]
    assert back.warnings["undecodable_bytes"]["rows"] == [2]


@pytest.mark.parametrize("content", [b"\n\n \n", b" ", b"\r\n\t\r\n"])
def test_blank_lines_alone_are_an_empty_file(content: bytes) -> None:
    assert failure_code(content) == "empty_file"


def test_a_single_quote_can_be_the_quote() -> None:
    back = read(b"a,b\n'x, y',1\n'it''s',2\n'z',3\n")
    assert back.report["quote"]["value"] == "'"
    assert back.texts == [["x, y", "1"], ["it's", "2"], ["z", "3"]]


def test_quotes_can_be_switched_off() -> None:
    back = read(b'a,b\n"x,1\ny",2\n', quote="none")
    assert back.report["quote"]["value"] is None
    assert back.texts == [['"x', "1"], ['y"', "2"]]


def test_a_delimiter_can_be_many_characters() -> None:
    back = read(b'a||b\n1||"x||y"\n', delimiter="||")
    assert back.texts == [["1", "x||y"]]
    assert back.report["path"] == "tolerant"


@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"id,name\n1,anna\n2,bert\n", True),
        (b"country,2019,2020\nItaly,5.5,7.1\nSpain,8.2,9.4\n", True),
        (b"anna,5\nbert,6\ncarl,7\n", False),
        (b"first,last\nanna,alt\nbert,neu\n", True),
        (b"yes,no\nno,yes\nyes,yes\nno,no\n", False),
    ],
)
def test_a_header_is_told_from_data(content: bytes, header: bool) -> None:
    assert read(content).report["header"]["generated"] is not header


def test_every_detection_says_how_sure_it_is() -> None:
    text = "A title\n" + "a;b;c\n" + "1;2;x\n" * 9 + "\nd;e\n1;2\n3;4\n\nSource: me\n"
    report = read(text.encode()).report
    found = [report[part] for part in ("encoding", "delimiter", "quote", "line_end")]
    found += [report["header"], report["preamble"], report["footer"], *report["further_tables"]]
    assert len(found) == 8
    assert all(0.5 <= part["confidence"] <= 1 for part in found)
    told = read(text.encode(), encoding="utf-8", delimiter=";", quote='"', header_row=2).report
    for part in ("encoding", "delimiter", "quote", "header", "preamble"):
        assert told[part]["confidence"] == 1


def test_a_strange_start_does_not_decide_about_a_long_file() -> None:
    log = "".join(f"job {n} went well as far as anybody knows\n" for n in range(700))
    rows = "".join(f"{n};name, {n};{n},5\n" for n in range(20_000))
    back = read((log + "id;name;amount\n" + rows).encode())
    assert back.report["delimiter"]["value"] == ";"
    assert back.names == ["id", "name", "amount"]
    assert back.types == ["integer", "text", "number"]
    assert back.sheet.rows == 20_000
    assert back.warnings["preamble_skipped"]["count"] == 700
