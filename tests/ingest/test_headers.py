"""Header rows: one, several, none, and one that comes again among the rows."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.reading_back import failure_code, read
from tests.ingest.test_workbook import rows_of

ROWS = "".join(f"{n},name {n},{n}.5\n" for n in range(2, 40))


def test_a_row_of_words_that_comes_again_is_a_header() -> None:
    rows = "".join(f"v{n},w{n}\n" for n in range(20))
    back = read(f"first,last\n{rows}first,last\nz,y\n".encode())
    assert back.names == ["first", "last"]
    assert back.texts[-1] == ["z", "y"]
    assert len(back.texts) == 21
    assert back.warnings["repeated_header"]["rows"] == [22]


def test_rows_that_are_often_the_same_make_no_header() -> None:
    back = read(b"red,big\nblue,small\nred,big\nred,small\nblue,small\nred,big\n")
    assert back.report["header"]["generated"]
    assert len(back.texts) == 6


@pytest.mark.parametrize(
    "again", ["id,name,amount\n", '"id",name,"amount"\n', "id,name,amount,,\n"]
)
def test_a_header_that_comes_again_spoils_no_type(again: str) -> None:
    back = read(("id,name,amount\n" + ROWS + again + ROWS + "\n" + again + ROWS).encode())
    assert back.types == ["integer", "text", "number"]
    assert len(back.texts) == 3 * 38
    assert back.warnings["repeated_header"]["rows"] == [40, 80]
    assert back.warnings["repeated_header"]["count"] == 2


@pytest.mark.parametrize("name", ["id", '"id"'])
def test_a_header_behind_the_byte_order_mark_of_another_file_spoils_no_type(name: str) -> None:
    one = f"\ufeff{name},name,amount\n{ROWS}"
    back = read((one + one).encode())
    assert back.types == ["integer", "text", "number"]
    assert len(back.texts) == 2 * 38
    assert back.warnings["repeated_header"]["rows"] == [40]


def test_a_row_that_only_resembles_the_header_stays() -> None:
    back = read(("id,name,amount\n" + ROWS + "id,name,Amount\n" + ROWS).encode())
    assert back.texts[38] == ["id", "name", "Amount"]
    assert "repeated_header" not in back.warnings


@pytest.mark.usefixtures("small_blocks")
def test_a_header_far_down_in_a_large_file_is_found() -> None:
    many = "".join(f"{n},name {n},{n}.5\n" for n in range(15_000))
    head = "id,name,amount\n"
    back = read((head + many + head + many).encode())
    assert back.sheet.rows == 30_000
    assert back.types == ["integer", "text", "number"]
    assert back.warnings["repeated_header"]["rows"] == [15_002]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (",2023,,2024,\nRegion,Q1,Q2,Q1,Q2\n", "Region|2023 / Q1|2023 / Q2|2024 / Q1|2024 / Q2"),
        ("Region,2023,,2024,\n,Q1,Q2,Q1,Q2\n", "Region|2023 / Q1|2023 / Q2|2024 / Q1|2024 / Q2"),
        (",Sales,,Costs,\nTown,2023,2024,2023,2024\n",
         "Town|Sales / 2023|Sales / 2024|Costs / 2023|Costs / 2024"),
        (",2023,2023,2024,2024\nTown,Q1,Q2,Q1,Q2\n",
         "Town|2023 / Q1|2023 / Q2|2024 / Q1|2024 / Q2"),
        (",North,,,\n,2023,,2024,\nTown,a,b,a,b\n",
         "Town|North / 2023 / a|North / 2023 / b|North / 2024 / a|North / 2024 / b"),
        (",Measured,,,\nTown,Rain,Wind,Sun,Snow\n",
         "Town|Measured / Rain|Measured / Wind|Measured / Sun|Measured / Snow"),
    ],
)  # fmt: skip
def test_several_header_rows_are_joined(head: str, names: str) -> None:
    body = "".join(f"town {n},{n},{n}.5,{n + 7},{n}\n" for n in range(9))
    back = read(("A title\n" + head + body).encode())
    assert back.names == names.split("|")
    assert back.types == ["text", "integer", "number", "integer", "integer"]
    lines = list(range(2, 2 + head.count("\n")))
    assert back.report["header"]["rows"] == lines
    assert back.warnings["joined_headers"]["rows"] == lines
    assert 0.5 < back.report["header"]["confidence"] < 1
    alone = read(("A title\n" + head + body).encode(), header_row=lines[-1])
    assert alone.report["header"]["rows"] == lines[-1:]
    assert alone.types == back.types


JOINED = "A title\nName,Price,Price\n,net,gross\nanna,x,y\nbert,y,z\n"


def test_header_rows_that_nobody_could_tell_can_be_said() -> None:
    assert "joined_headers" not in read(JOINED.encode()).warnings
    back = read(JOINED.encode(), header_row="2-3")
    assert back.names == ["Name", "Price / net", "Price / gross"]
    assert back.values == [["anna", "x", "y"], ["bert", "y", "z"]]
    assert back.report["header"] == {"rows": [2, 3], "generated": False, "confidence": 1.0}
    assert back.warnings["preamble_skipped"]["rows"] == [1]
    assert read(JOINED.encode(), header_row="2-2").names == ["Name", "Price", "Price"]
    for beyond in ("2-9", "9-10"):
        assert failure_code(JOINED.encode(), header_row=beyond) == "header_row_not_found"


def test_what_comes_again_below_said_header_rows_is_as_with_one() -> None:
    text = "h,h,h\na,b,c\n" + "1,2,3\n" * 9 + "a,b,c\n4,5,6\n\nSource: me\n"
    back = read(text.encode(), header_row="1-2")
    assert back.names == ["h / a", "h / b", "h / c"]
    assert back.values[-2:] == read(text.encode(), header_row=2).values[-2:]


@pytest.mark.parametrize(
    "content",
    [
        b"Report of May,,\nname,city,age\nanna,ulm,5\nbert,bonn,7\n",
        b"name,,age\nanna,ulm,5\nbert,bonn,7\n",
        b"name,,age\nanna,ulm,n/a\nbert,bonn,7\ncarl,kiel,8\n",
        b"name,,city\nanna,x,ulm\nbert,y,bonn\n",
        b"name,name,age\n----,----,----\nanna,alt,5\nbert,neu,7\n",
    ],
)
def test_a_title_or_a_row_of_data_is_joined_with_no_header(content: bytes) -> None:
    back = read(content)
    assert "joined_headers" not in back.warnings
    assert len(back.report["header"]["rows"]) == 1


@pytest.mark.parametrize(
    "names",
    [
        "Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20,1/25/20,1/26/20,1/27/20",
        "country,2020-01-01,2020-01-02,2020-01-03",
        "station,08:00,09:00,10:00",
        "country,2019,2020",
    ],
)
def test_days_and_hours_over_figures_are_names(names: str) -> None:
    width = names.count(",")
    body = "".join(f"place {n}{f',{n}.25' * width}\n" for n in range(9))
    back = read(f"{names}\n{body}".encode())
    assert back.names == names.split(",")
    assert set(back.types[1:]) == {"number"}


@pytest.mark.parametrize("row", ["2020-01-0{},5\n", "anna {},2020-01-01\n", "{}:15,7\n"])
def test_days_and_hours_over_such_are_a_row(row: str) -> None:
    back = read("".join(row.format(n) for n in range(1, 9)).encode())
    assert back.report["header"]["generated"]
    assert len(back.texts) == 8


@pytest.mark.parametrize("delimiter", ["\t", " "])
def test_names_of_rows_have_no_name_themselves(delimiter: str) -> None:
    rows = "".join(f'"car {n}",{n}.5,{n}\n' for n in range(1, 30))
    back = read(f'"mpg","cyl"\n{rows}'.replace(",", delimiter).encode())
    assert back.names == ["column_1", "mpg", "cyl"]
    assert back.types == ["text", "number", "integer"]
    assert back.warnings["header_cells_missing"]["rows"] == [1]


@pytest.mark.parametrize(
    "content", ["a,b\nx,1,2\ny,3,4\n", "a\tb\nx\t1\t\ny\t3\t\n", "a\tb\nx\t1\t5\nx\t3\t4\n"]
)
def test_a_header_that_is_short_lacks_its_last_name(content: str) -> None:
    back = read(content.encode(), header_row=1)
    assert back.names == ["a", "b", "column_3"]
    assert back.warnings["header_cells_missing"]["rows"] == [1]


PEOPLE = [f"Person {n},{'ab'[n % 2]},{n},true,2001-01-0{n}\n" for n in range(1, 9)]
DEATHS = "Name,Job,Age,Kids,Born\n" + "".join(PEOPLE)
NOTE = st.sampled_from(["", "", "lots", "of people", "cannot", "resist", "(really)", "notes!"])
NOTES = st.lists(
    st.lists(NOTE, min_size=5, max_size=5).filter(lambda row: 2 < sum(map(bool, row)) < 5),
    min_size=2,
    max_size=6,
)


@settings(max_examples=30)
@given(NOTES)
def test_notes_in_several_cells_above_a_table_are_no_header(notes: list[list[str]]) -> None:
    text = "".join(",".join(row) + "\n" for row in notes) + DEATHS
    back = read(text.encode(), delimiter=",")
    assert back.names == ["Name", "Job", "Age", "Kids", "Born"]
    assert back.types == ["text", "text", "integer", "boolean", "date"]
    assert len(back.texts) == 8
    assert back.warnings["preamble_skipped"]["rows"] == list(range(1, len(notes) + 1))
    assert back.report["header"]["confidence"] == 0.8


@pytest.mark.parametrize(
    "content",
    [
        "name,,age,size\nanna,,7,1.5\nbert,,8,1.6\ncarl,z,old,tall\ndora,,8,1.6\nemil,,9,1.7\n",
        "name,,city,sign\nanna,,ulm,a\nbert,,bonn,b\ncarl,c,kiel,c\ndora,d,hof,d\n",
    ],
)
def test_a_header_with_a_hole_stays_one_in_doubt(content: str) -> None:
    back = read(content.encode())
    assert back.report["header"]["rows"] == [1]
    assert back.report["header"]["confidence"] <= 0.8


def test_notes_above_the_table_of_a_sheet_are_no_header() -> None:
    notes = [
        ["For the", None, None, None],
        [None, "sake", None, "of"],
        ["many", "notes", None, "x"],
    ]
    rows = [[f"Person {n}", "job", n, date(2001, 1, n)] for n in range(1, 9)]
    back = read(rows_of(*notes, ["Name", "Job", "Age", "Born"], *rows))
    assert back.names == ["Name", "Job", "Age", "Born"]
    assert back.types == ["text", "text", "integer", "date"]
    assert back.report["header"] == {"rows": [4], "generated": False, "confidence": 0.8}
    assert back.warnings["preamble_skipped"]["rows"] == [1, 2, 3]
