"""JSON, Parquet and Arrow: values that come typed stay what they are."""

from __future__ import annotations

import io
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.reading_back import Back, failure_code, read

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
KEYS = st.sampled_from(["a", "b", "c d", "ä"])


def as_lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def as_array(records: list[dict[str, Any]]) -> bytes:
    return json.dumps(records, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def says(cell: Any, text: str, value: Any) -> bool:
    """Whether a cell of ours says what a JSON value says."""
    if value is None:
        return cell is None
    if isinstance(value, bool):
        return cell is value or cell == str(value).lower()
    if isinstance(value, int | float):
        return Decimal(text) == Decimal(repr(value))
    return bool(text == value)


@given(st.lists(st.dictionaries(KEYS, SCALARS, min_size=1), min_size=1, max_size=8))
def test_any_records_come_back(records: list[dict[str, Any]]) -> None:
    for content in (as_lines(records), as_array(records)):
        back = read(content)
        keys = list(dict.fromkeys(key for record in records for key in record))
        assert back.names == keys
        for row, texts, record in zip(back.values, back.texts, records, strict=True):
            for key, cell, text in zip(keys, row, texts, strict=True):
                assert says(cell, text, record.get(key))


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=5))
def test_no_digit_of_a_json_integer_is_lost(numbers: list[int]) -> None:
    back = read(as_lines([{"n": number} for number in numbers]))
    assert [text for (text,) in back.texts] == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("content", "values", "types"),
    [
        (b'{"a":0.1,"b":"1"}\n{"a":1,"b":"2"}\n', [[0.1, "1"], [1.0, "2"]], ["number", "text"]),
        (b'{"a":0.12345678901234567890}', [["0.12345678901234567890"]], ["text"]),
        (b'{"a":1e3}\n{"a":12.50}', [[1000.0], [12.5]], ["number"]),
        (b'[{"a":-0},{"a":1}]', [[-0.0], [1.0]], ["number"]),
        (b'[{"a":{"b":[1.50,"x"]}}]', [['{"b":[1.50,"x"]}']], ["text"]),
        (b'[{"a":"2024-01-02"},{"a":null},{}]', [[date(2024, 1, 2)], [None], [None]], ["date"]),
        (b'[{"a":"\\ud800"}]', [["\ufffd"]], ["text"]),
        (b'\xef\xbb\xbf[{"a":1}]', [[1]], ["integer"]),
        ('[{"a":"é"}]'.encode("utf-16"), [["é"]], ["text"]),
        (b'[{"a":""},{"a":null}]', [[""], [None]], ["text"]),
    ],
)
def test_json_means_what_it_says(content: bytes, values: Any, types: list[str]) -> None:
    back = read(content)
    assert back.values == values
    assert back.types == types


def test_a_moment_keeps_how_it_was_written() -> None:
    back = read(b'[{"a":"2024-01-02T03:04:05.000Z"}]')
    assert back.values == [[datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)]]
    assert back.texts == [["2024-01-02T03:04:05.000Z"]]


def test_repairs_of_json_are_told() -> None:
    back = read(b'{"a":1,"a":2,"b":[1]}\n{"a":3,"b":"x"}\n{"a":4,"a":5}\n')
    assert back.values == [[2, "[1]"], [3, "x"], [5, None]]
    assert back.warnings["duplicate_keys"]["rows"] == [1, 3]
    assert back.warnings["nested_as_text"]["columns"] == ["b"]
    assert back.warnings["mixed_types"]["columns"] == ["b"]


def test_keys_may_come_late_in_a_long_file() -> None:
    records: list[dict[str, Any]] = [{"a": n, "b": "x" * 20} for n in range(150_000)]
    records += [{"late": True, "a": 1.5}]
    for content in (as_lines(records), as_array(records)):
        back = read(content)
        assert back.names == ["a", "b", "late"]
        assert back.types == ["number", "text", "boolean"]
        assert back.sheet.rows == 150_001
        assert back.values[-1] == [1.5, None, True]
        assert back.values[149_999] == [149_999.0, "x" * 20, None]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'[{"a":1}', "corrupt_file"),
        (b'[{"a":1}] x', "corrupt_file"),
        (b'{"a":1}\n{"a":\n', "corrupt_file"),
        (b"[ ]", "empty_file"),
        (b"[[1,2],[3,4]]", "not_a_table"),
        (b'{\n "a": 1\n}', "not_a_table"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deeply"),
    ],
)
def test_json_that_is_no_table_says_why(content: bytes, code: str) -> None:
    assert failure_code(content) == code


def parquet_of(table: pa.Table, **options: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **options)
    return target.getvalue()


def arrow_of(table: pa.Table) -> bytes:
    target = io.BytesIO()
    with pyarrow.ipc.new_file(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


def stream_of(table: pa.Table) -> bytes:
    target = io.BytesIO()
    with pyarrow.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


FILES = {"parquet": parquet_of, "arrow": arrow_of, "stream": stream_of}
MOMENT = datetime(2024, 1, 2, 3, 4, 5, 6)
KINDS: dict[str, tuple[Any, Any, str]] = {
    "int8": (pa.array([1, None, -3], pa.int8()), [1, None, -3], "integer"),
    "uint64": (pa.array([2**64 - 1, 0, 1], pa.uint64()), [str(2**64 - 1), "0", "1"], "text"),
    "float": (pa.array([1.5, math.inf, None]), [1.5, math.inf, None], "number"),
    "bool": (pa.array([True, False, None]), [True, False, None], "boolean"),
    "text": (pa.array(["é", "", None]), ["é", "", None], "text"),
    "large text": (pa.array(["é", "", None], pa.large_string()), ["é", "", None], "text"),
    "dictionary": (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"], "text"),
    "utf-8 bytes": (pa.array([b"x", None, b"y"]), ["x", None, "y"], "text"),
    "bytes": (pa.array([b"\xff", None, b"y"]), ["/w==", None, "eQ=="], "text"),
    "day": (pa.array([date(2024, 1, 2), None, None]), [date(2024, 1, 2), None, None], "date"),
    "micro": (pa.array([MOMENT, None, None], pa.timestamp("us")), [MOMENT, None, None], "datetime"),
    "nano": (
        pa.array([1_700_000_000_000_000_001, None, 0], pa.timestamp("ns")),
        ["2023-11-14T22:13:20.000000001", None, "1970-01-01T00:00:00.000000000"],
        "text",
    ),
    "whole nano": (
        pa.array([1_700_000_000_000_001_000, None, None], pa.timestamp("ns")),
        [datetime(2023, 11, 14, 22, 13, 20, 1), None, None],
        "datetime",
    ),
    "zone": (
        pa.array([0, None, None], pa.timestamp("ms", "Asia/Tokyo")),
        [datetime(1970, 1, 1, tzinfo=UTC), None, None],
        "datetime",
    ),
    "far": (pa.array([2**40, None, 0], pa.timestamp("s")), None, "text"),
    "decimal": (pa.array([Decimal("1.50"), None, Decimal("2.25")]), [1.5, None, 2.25], "number"),
    "long decimal": (
        pa.array([Decimal("0.12345678901234567890"), None, None]),
        ["0.12345678901234567890", None, None],
        "text",
    ),
    "whole decimal": (pa.array([Decimal(12), None, Decimal(5)]), [12, None, 5], "integer"),
    "list": (pa.array([[1, 2], None, []]), ["[1,2]", None, "[]"], "text"),
    "record": (pa.array([{"a": "é"}, None, {}]), ['{"a":"é"}', None, '{"a":null}'], "text"),
    "clock": (
        pa.array([3_661_000_000, None, 1], pa.time64("us")),
        ["01:01:01", None, "00:00:00.000001"],
        "text",
    ),
    "length": (
        pa.array([-90_500, None, 0], pa.duration("ms")),
        ["-0:01:30.500", None, "0:00:00"],
        "text",
    ),
    "nothing": (pa.nulls(3), [None, None, None], "text"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", FILES)
def test_every_type_is_kept_or_told_as_text(file: str, kind: str) -> None:
    array, expected, type_ = KINDS[kind]
    table = pa.table({"first": pa.array([1, 2, 3]), kind: array})
    back = read(FILES[file](table))
    assert back.names == ["first", kind]
    assert back.types[1] == type_
    if expected is not None:
        assert [row[1] for row in back.values] == expected
    assert back.report["format"] == ("parquet" if file == "parquet" else "arrow")


def test_nan_stays_a_number() -> None:
    back = read(parquet_of(pa.table({"a": [math.nan, 1.0]})))
    assert math.isnan(back.values[0][0])
    assert back.types == ["number"]


def test_integers_beyond_a_double_are_marked() -> None:
    back = read(arrow_of(pa.table({"a": [2**53 + 1], "b": [1]})))
    assert [column.exact for column in back.sheet.columns] == [False, True]


def test_nested_columns_are_told() -> None:
    back = read(parquet_of(pa.table({"a": [[1]], "b": [b"\xff"]})))
    assert back.warnings["nested_as_text"]["columns"] == ["a"]
    assert back.warnings["binary_as_text"]["columns"] == ["b"]


def test_text_that_is_not_utf8_does_no_harm() -> None:
    wrong = pa.StringArray.from_buffers(
        1, pa.py_buffer(bytes([0, 0, 0, 0, 2, 0, 0, 0])), pa.py_buffer(b"\xff\xfe")
    )
    assert read(parquet_of(pa.table({"a": wrong}))).values == [["//4="]]


def test_a_long_table_is_read_in_parts() -> None:
    numbers = list(range(200_000))
    table = pa.table({"n": numbers, "t": [str(n) for n in numbers]})
    for content in (parquet_of(table, row_group_size=70_000), arrow_of(table)):
        back: Back = read(content)
        assert back.values == [[n, str(n)] for n in numbers]


@pytest.mark.parametrize(
    ("number", "type_"),
    [
        ("1e22", "number"),
        ("1.5e300", "number"),
        ("-0.0", "number"),
        ("9223372036854775807", "integer"),
        ("18446744073709551615", "text"),
        ("0.1234567890123456789", "text"),
        ("1e400", "text"),
        ("12.50", "number"),
    ],
)
def test_a_json_number_is_as_exact_in_any_spacing(number: str, type_: str) -> None:
    compact = read(f'{{"a":{number},"b":"x"}}\n{{"a":null,"b":"y"}}\n'.encode())
    spaced = read(f'{{"a" : {number}, "b": "x"}}\n{{"a": null, "b": "y"}}\n'.encode())
    assert compact.types == spaced.types == [type_, "text"]
    assert compact.values == spaced.values
