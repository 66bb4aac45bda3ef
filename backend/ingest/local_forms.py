"""Numbers and days as people write them in one country or another, where a column leaves no doubt.

`1,234` may be a thousand or little more than one, `01/02/2024` is in January or in February: such a
cell says nothing. A column is read only if some cell decides it and none speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute
Texts = Any
Values = Any
Read = Callable[[Texts], "Values | None"]
NUMBER_MARKS = {
    "1.234,56": (".", ","),
    "1 234,56": (" ", ","),
    "1\u00a0234,56": ("\u00a0", ","),
    "1\u202f234,56": ("\u202f", ","),
    "1,234.56": (",", "."),
    "1'234.56": ("'", "."),
    "1’234.56": ("’", "."),
    "1 234.56": (" ", "."),
}
"""An example of each way to write a number, its mark between thousands and its decimal mark."""
DAY_ORDERS = {
    f"{order} {mark}": (order, mark) for mark in ("/", ".", "-") for order in ("dmy", "mdy")
} | {f"ymd {mark}": ("ymd", mark) for mark in ("/", ".")}
MOMENT_ORDERS = {
    f"{name} {clock}": (order, mark, clock)
    for name, (order, mark) in (DAY_ORDERS | {"ymd -": ("ymd", "-")}).items()
    for clock in ("24", "12")
}
MINUTES = r"(?P<rest>[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)"
CLOCKS = {
    "24": rf"(?P<h>[01]?\d|2[0-3]):{MINUTES}",
    "12": rf"(?P<h>0?[1-9]|1[0-2]):{MINUTES} ?(?P<half>[AaPp])[Mm]",
}
PARTS = {"d": r"(?P<d>\d{1,2})", "m": r"(?P<m>\d{1,2})", "y": r"(?P<y>\d{4})"}
BEYOND_A_YEAR = r"(?:1[3-9]|2\d|3[01])"


def number_reader(thousands: str, decimal: str, read: Read) -> Read:
    """Reads numbers with these marks; `read` takes them in plain notation."""
    mark, point = re.escape(thousands), re.escape(decimal)
    shape = rf"^-?(?:0|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+|[1-9][0-9]*)(?:{point}[0-9]+)?$"

    likely = re.compile(shape)

    def read_local(texts: Texts) -> Values | None:
        if not _first_fits(texts, likely):
            return None
        if pc.all(pc.match_substring_regex(texts, shape)).as_py() is False:
            return None
        plain = pc.replace_substring(texts, thousands, "")
        return read(pc.replace_substring(plain, decimal, "."))

    return read_local


def number_decider(thousands: str, decimal: str) -> Callable[[Texts], bool]:
    """Whether some cell can only be meant with these marks."""
    mark, point = re.escape(thousands), re.escape(decimal)
    signs = [rf"{mark}[0-9]{{3}}{point}[0-9]"]
    if decimal == ",":  # not three digits after it: no mark between thousands
        signs.append(r"^-?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})$")
    if thousands == ",":
        signs.append(r",[0-9]{3},[0-9]{3}")
    return _some("|".join(signs))


def day_reader(order: str, mark: str) -> Read:
    """Reads days whose parts come in this order."""
    shape = f"^{_day_shape(order, mark)}$"
    likely = re.compile(shape)

    def read_days(texts: Texts) -> Values | None:
        found = _parts(texts, shape, likely)
        return None if found is None else _cast(_iso_day(found), pa.date32())

    return read_days


def moment_reader(order: str, mark: str, clock: str) -> Read:
    """Reads days whose parts come in this order, each with a time of 24 hours or of twice 12."""
    shape = f"^{_day_shape(order, mark)}(?:T|,? ){CLOCKS[clock]}$"
    likely = re.compile(shape)

    def read_moments(texts: Texts) -> Values | None:
        found = _parts(texts, shape, likely)
        if found is None:
            return None
        hour = pc.struct_field(found, "h")
        if clock == "12":
            late = pc.is_in(pc.struct_field(found, "half"), value_set=pa.array(["P", "p"]))
            number = pc.cast(hour, pa.int32())
            noon = pc.if_else(pc.equal(number, 12), 0, number)
            hour = pc.cast(pc.add(noon, pc.if_else(late, 12, 0)), pa.string())
        time = pc.binary_join_element_wise(
            pc.utf8_lpad(hour, 2, "0"), pc.struct_field(found, "rest"), ":"
        )
        iso = pc.binary_join_element_wise(_iso_day(found), time, " ")
        return _cast(iso, pa.timestamp("us"))

    return read_moments


def _day_shape(order: str, mark: str) -> str:
    return re.escape(mark).join(PARTS[part] for part in order)


def _parts(texts: Texts, shape: str, likely: re.Pattern[str]) -> Any | None:
    """The named parts of every cell; None if some cell has another shape."""
    if not _first_fits(texts, likely):
        return None
    found = pc.extract_regex(texts, shape)
    return found if found.null_count == texts.null_count else None


def _first_fits(texts: Texts, shape: re.Pattern[str]) -> bool:
    """Whether the first cell has a shape: most columns need no closer look than that."""
    whole = len(texts) and not texts.null_count
    first = 0 if whole else pc.index(pc.is_valid(texts), pa.scalar(value=True)).as_py()
    return first < 0 or shape.match(texts[first].as_py()) is not None


def _iso_day(found: Any) -> Texts:
    year, month, day = (pc.struct_field(found, part) for part in "ymd")
    padded = [year, *(pc.utf8_lpad(part, 2, "0") for part in (month, day))]
    return pc.binary_join_element_wise(*padded, "-")


def _cast(texts: Texts, target: pa.DataType) -> Values | None:
    try:
        return pc.cast(texts, target)
    except pa.ArrowInvalid:  # there is no such day
        return None


def day_decider(order: str, mark: str) -> Callable[[Texts], bool]:
    """Whether some cell has a day that cannot be a month; a leading year leaves no doubt."""
    if order == "ymd":
        return lambda _: True
    before = "" if order == "dmy" else r"\d{1,2}" + re.escape(mark)
    return _some(rf"^{before}{BEYOND_A_YEAR}{re.escape(mark)}")


def _some(pattern: str) -> Callable[[Texts], bool]:
    return lambda texts: pc.any(pc.match_substring_regex(texts, pattern)).as_py() is True
