"""Whether a reading told the truth about a dirty file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.ingest.dirty.draft import Draft, Line
from tests.ingest.reading_back import Back

WORD = re.compile(r"[^\W_]+", re.ASCII)


@dataclass
class Verdict:
    """`lies`: what is neither exact nor named by a warning."""

    exact: bool = True
    lies: list[str] = field(default_factory=list)


def judge(draft: Draft, back: Back) -> Verdict:
    """Compares what was meant with what was read."""
    return _Judge(draft, back).verdict()


class _Judge:
    def __init__(self, draft: Draft, back: Back) -> None:
        self.draft = draft
        self.back = back
        self.result = Verdict()
        self.named = named_lines(back.report)
        self.width = len(back.names)
        self.places: dict[tuple[str, ...], list[int]] = {}
        for number, row in enumerate(back.texts):
            self.places.setdefault(tuple(row), []).append(number)
        names = ["" if c.generated else c.name for c in back.sheet.columns]
        self.everything = "\n".join("\t".join(row) for row in [names, *back.texts])
        self.words = set(WORD.findall(self.everything))
        self.names = names

    def verdict(self) -> Verdict:
        explained: set[int] = set()
        order = -1
        for first, last, line in self.draft.places():
            told = self._told(first, last)
            if line is self.draft.header:
                self._header(line, told)
            elif line.row is not None:
                places = self.places.get(tuple(self._padded(line.row)), [])
                if not places:
                    self._miss(told, f"row of line {first} is not there: {line.row}")
                    continue
                place = next((place for place in places if place > order), -1)
                if place < 0:
                    self._miss(told, f"row of line {first} is out of order")
                    continue
                explained.add(place)
                if not told:  # the row may be one like it, further down
                    order = place
        for first, last, line in self.draft.places():
            self._words(line, first, self._told(first, last))
        self._invented(explained)
        return self.result

    def _told(self, first: int, last: int) -> bool:
        return any(number in self.named for number in range(first, last + 1))

    def _padded(self, row: list[str]) -> list[str]:
        return (row + [""] * (self.width - len(row)))[: max(self.width, len(row))]

    def _miss(self, told: bool, what: str) -> None:
        self.result.exact = False
        if not told:
            self.result.lies.append(what)

    def _header(self, line: Line, told: bool) -> None:
        assert line.row is not None
        meant = self._padded(line.row)
        if self.names != meant:
            self._miss(told, f"names are {self.names}, not {meant}")

    def _words(self, line: Line, number: int, told: bool) -> None:
        """No text of the source may be missing unless its line is named."""
        missing = [
            word
            for word in WORD.findall(line.text)
            if word not in self.words and word not in self.everything
        ]
        if missing and not told:
            self.result.lies.append(f"line {number} lost {missing}")

    def _invented(self, explained: set[int]) -> None:
        """Rows of the output that no clean line accounts for must come from lines that are named,
        or from lines which are no rows of the table but were kept as such."""
        others = [
            line.text
            for first, last, line in self.draft.places()
            if line.row is None or self._told(first, last)
        ]
        source = "\n".join(others)
        for number, row in enumerate(self.back.texts):
            if number in explained:
                continue
            self.result.exact = False
            words = [word for cell in row for word in WORD.findall(cell)]
            if any(word not in source and len(word) > 1 for word in words):
                self.result.lies.append(f"row {number} comes from nowhere: {row}")


def named_lines(report: dict[str, Any]) -> set[int]:
    """Every line that a warning of the report names."""
    lines: set[int] = set()
    for warning in report["warnings"]:
        lines.update(warning["rows"])
        if warning["rows"] and warning["count"] > len(
            warning["rows"]
        ):  # only the first ones are listed
            lines.update(range(warning["rows"][-1], 100_000))
    for table in report.get("further_tables", []):
        lines.update(range(table["first_line"], table["last_line"] + 1))
    return lines
