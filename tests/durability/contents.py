"""Files whose every byte and every cell is known, made from a seed, no two of them alike."""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass, field

from openpyxl import Workbook

Rows = list[list[str]]


@dataclass(frozen=True)
class Content:
    """A file, and its cells as `values=text` has to give them."""

    filename: str
    data: bytes = field(repr=False)
    rows: Rows = field(repr=False)

    @property
    def sha256(self) -> str:
        """The digest under which the server must know it."""
        return hashlib.sha256(self.data).hexdigest()


def a_content(chance: random.Random, number: int) -> Content:
    """A small or a large delimited file, or a workbook; `number` makes it one of a kind."""
    make = chance.choice((small_csv, small_csv, large_csv, workbook))
    return make(chance, number)


def small_csv(chance: random.Random, number: int) -> Content:
    """Up to 300 rows of three columns."""
    return _csv(number, [_row(number, at, chance) for at in range(chance.randrange(1, 300))])


def large_csv(chance: random.Random, number: int) -> Content:
    """One to four megabytes, in rows of a kilobyte, so that few pages show every cell."""
    rows = [
        [*_row(number, at, chance), *(f"{chance.getrandbits(400):0120x}" for _ in range(8))]
        for at in range(chance.randrange(1_000, 4_000))
    ]
    return _csv(number, rows)


def workbook(chance: random.Random, number: int) -> Content:
    """Up to 800 rows of text and whole numbers."""
    rows = [
        [f"w{number}-{at}", str(chance.randrange(10**9))] for at in range(chance.randrange(1, 800))
    ]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet")
    sheet.append(["id", "amount"])
    for name, amount in rows:
        sheet.append([name, int(amount)])
    file = io.BytesIO()
    book.save(file)
    return Content(f"{number}.xlsx", file.getvalue(), rows)


def _row(number: int, at: int, chance: random.Random) -> list[str]:
    # the price keeps its last zero only in the companion file: both files have to be whole
    return [f"f{number}-{at}", str(chance.randrange(10**6)), f"{chance.randrange(1000)}.50"]


def _csv(number: int, rows: Rows) -> Content:
    header = ["id", "amount", "price", *(f"text {at}" for at in range(len(rows[0]) - 3))]
    text = "\n".join(",".join(row) for row in [header, *rows]) + "\n"
    return Content(f"{number}.csv", text.encode(), rows)
