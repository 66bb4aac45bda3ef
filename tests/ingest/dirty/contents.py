"""Cells that tempt a reader to change what they say."""

from __future__ import annotations

from collections.abc import Callable

from tests.ingest.dirty.draft import Draft


def _every_row(draft: Draft, text: Callable[[int], str]) -> None:
    column = draft.columns.index(draft.number)
    for number, line in enumerate(draft.body):
        assert line.row is not None
        cells = [*line.row[:column], text(number), *line.row[column + 1 :]]
        draft.rewrite(line, cells)


def decimal_commas(draft: Draft) -> None:
    if draft.delimiter == ",":
        draft.delimiter = ";"
        for line in draft.lines:
            draft.rewrite(line, line.row or [])
    _every_row(draft, lambda n: f"{n + 1000},{n % 90 + 10}")


def thousands(draft: Draft) -> None:
    _every_row(draft, lambda n: f"{n + 1},{n * 7 % 900 + 100}")


def thousands_in_another_manner(draft: Draft) -> None:
    _every_row(draft, lambda n: f"{n + 1}.{n * 7 % 900 + 100}.000")


def leading_zeros(draft: Draft) -> None:
    _every_row(draft, lambda n: f"00{n + 100}")


def long_numbers(draft: Draft) -> None:
    _every_row(draft, lambda n: str(9007199254740993 + 2 * n))


def very_long_numbers(draft: Draft) -> None:
    _every_row(draft, lambda n: str(12345678901234567890123 + n))


def exponents(draft: Draft) -> None:
    _every_row(draft, lambda n: f"{n + 1}e{n % 5 * 100}")


def numbers_with_signs(draft: Draft) -> None:
    _every_row(draft, lambda n: f"+{n + 4712345}")


def currencies(draft: Draft) -> None:
    _every_row(draft, lambda n: f"${n + 50}.00")


def one_number_is_a_word(draft: Draft) -> None:
    _every_row(draft, lambda n: "n/a" if n == 3 else str(n + 3000))


def words_for_nothing(draft: Draft) -> None:
    _every_row(draft, lambda n: ["NULL", "NaN", "N/A", "None", "-", "."][n % 6] + f" {n + 500}")


def ambiguous_days(draft: Draft) -> None:
    _every_row(draft, lambda n: f"{n % 12 + 1:02d}/{n % 11 + 1:02d}/{2000 + n}")


def formulas(draft: Draft) -> None:
    _every_row(draft, lambda n: f"=A{n + 1}+B{n + 1}")


def fixed_decimals(draft: Draft) -> None:
    _every_row(draft, lambda n: f"{n + 700}.50")


CONTENTS = [
    decimal_commas, thousands, thousands_in_another_manner, leading_zeros, long_numbers,
    very_long_numbers, exponents, numbers_with_signs, currencies, one_number_is_a_word,
    words_for_nothing, ambiguous_days, formulas, fixed_decimals,
]  # fmt: skip
