"""Where the first table of a sheet ends: at another table, at notes. The same as for text.

What stands below is only counted and listed. A header that comes again among the rows is taken out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from backend.ingest.below import Below
from backend.ingest.blocks import BLOCK_ROWS, ROWS, Block, Kind, Known, is_marked_note, judge_block
from backend.ingest.cells import cell_text
from backend.ingest.fronts import is_front_table, rows_of_facts
from backend.ingest.gathering import is_blank
from backend.ingest.layout import find_layout
from backend.ingest.slabs import Numbered, SheetRows, Slab

MOST_GAPS = 200
"""Where so many gaps meant nothing, none does."""
FEWEST_ROWS = 3


class SheetEnds:
    """Lets the rows of a sheet's first table through. `first` are its first rows that are looked
    at, `asked` are the first and last row that were named as the header (0: there is none)."""

    def __init__(self, first: Sequence[Numbered], asked: tuple[int, int] | None) -> None:
        self.below = Below()
        self.known: Known | None = None
        self.left = 0
        self.top = 0
        """Above this row only facts about the file stand."""
        self.start = 0
        """No row above this one ends the table."""
        self.header: list[Any] | None = None
        self._gaps = 0
        self._held: list[Numbered] = []
        self._waiting: deque[Numbered] = deque()
        if asked != (0, 0) and first:
            self._get_to_know(first, 0 if asked is None else asked[1])

    def _get_to_know(self, first: Sequence[Numbered], asked: int) -> None:
        if not asked:
            facts = rows_of_facts([self._texts(row, 0) for _, row in first])
            self.top = first[facts][0] if facts else 0
            first = first[facts:]
        block = _first_block(first)
        self.left, right = _extent(block)
        rows = [self._texts(row, right - self.left) for _, row in block]
        if not asked and not is_front_table(rows, right - self.left):
            block = [one for one in first if not is_blank(one[1])]
            self.left, right = _extent(block)
            rows = [self._texts(row, right - self.left) for _, row in block]
        layout = find_layout(rows, right - self.left)
        start = sum(number <= asked for number, _ in block) if asked else layout.first
        header = start - 1 if asked else layout.header
        if header is not None:
            self.header = list(block[header][1])
        if start >= len(block) or right - self.left < 2:
            return
        self.start = block[start][0]
        data = _first_block([one for one in first if one[0] >= self.start])
        self.left, right = _extent(data if header is None else [block[header], *data])
        self.known = Known.of(
            right - self.left,
            [] if header is None else [self._texts(row, 0) for _, row in block[header:start]],
            [self._texts(row, right - self.left) for _, row in data],
        )

    def rows(self, source: SheetRows) -> Iterator[Numbered | Slab]:
        """The rows of the table, blank ones among them."""
        while (one := self._next(source)) is not None:
            if isinstance(one, Slab) or self._goes_through(one):
                yield one
            elif is_blank(one[1]):
                block, seen = self._judge(source)
                if block.kind is not Kind.ROWS:
                    self._list(block, seen, source)
                    return
                yield from self._let_go()
                yield one
            elif not self._set_aside(one):
                yield from self._let_go()
                yield one
        if self._held:
            self.below.add_footer(Block(Kind.NOTES, 0.85), self._as_texts(self._held))

    def _next(self, source: SheetRows) -> Numbered | Slab | None:
        """The next row, or many of them if there is nothing to be said of any."""
        if self._waiting:
            return self._waiting.popleft()
        slab = None if self._held else source.whole()
        if slab is not None and self._is_plain_slab(slab):
            source.skip_whole()
            return slab
        return next(source, None)

    def _let_go(self) -> Iterator[Numbered]:
        yield from self._held
        self._held = []

    def _goes_through(self, one: Numbered) -> bool:
        return self.known is None or one[0] < self.start or self._is_plain(one[1])

    def _is_plain_slab(self, slab: Slab) -> bool:
        """Whether no row is blank, the header, or perhaps a note."""
        if self.known is None:
            return True
        if slab.first < self.start:
            return False
        at = self.left + 1
        header = self.header[at] if self.header and len(self.header) > at else None
        return not any(
            is_blank(row) or row == self.header or self._may_be_note(row)
            for _, row in slab.some_rows(slab.places_of(at, header))
        )

    def _is_plain(self, row: Sequence[Any]) -> bool:
        """Whether a row, at a glance, is like nearly all others; it costs little."""
        at = self.left + 1
        second = row[at] if len(row) > at else None
        return second is not None and second != "" and row != self.header and not self._held

    def _set_aside(self, one: Numbered) -> bool:
        """Takes a header that comes again out, and holds back what may be a note at the end."""
        number, row = one
        if row == self.header:
            self.below.warnings.add("repeated_header", [number])
            return True
        if self._may_be_note(row):
            self._held.append(one)
            return True
        return False

    def _may_be_note(self, row: Sequence[Any]) -> bool:
        assert self.known is not None
        return not self.known.sparse and is_marked_note(
            self._texts(row, self.known.width), self.known
        )

    def _judge(self, source: SheetRows) -> tuple[Block, list[Numbered]]:
        """What stands below a gap, and its first rows, which are still to come."""
        assert self.known is not None
        self._gaps += 1
        if self._gaps > MOST_GAPS:
            return ROWS, []
        missing = 2 * BLOCK_ROWS - len(self._waiting)
        self._waiting += islice(source, max(0, missing))
        seen = list(islice(self._waiting, 2 * BLOCK_ROWS))
        final = len(self._waiting) < 2 * BLOCK_ROWS
        rows = [self._texts(row, self.known.width) for _, row in seen]
        return judge_block(rows, self.known, final=final), seen

    def _list(self, block: Block, seen: list[Numbered], source: SheetRows) -> None:
        """Notes what begins here, and all that follows."""
        while block.kind is Kind.TABLE:
            self.below.add_table(block, self._as_texts(seen))
            _, width = _extent(_first_block(seen[block.first :]))
            head = [] if block.header is None else [self._texts(seen[block.header][1], 0)]
            body = [self._texts(row, 0) for _, row in seen[block.first + 1 : block.first + 9]]
            self.known = Known.of(width - self.left, head, body)
            block, seen = self._to_next_end(source)
        if block.kind is Kind.NOTES:
            notes = [one for one in [*self._held, *seen] if not is_blank(one[1])]
            self.below.add_footer(block, self._as_texts(notes))

    def _to_next_end(self, source: SheetRows) -> tuple[Block, list[Numbered]]:
        while (one := self._next(source)) is not None:
            if isinstance(one, Slab):
                self.below.end_table(one.last)
                continue
            if not is_blank(one[1]):
                self.below.end_table(one[0])
                continue
            block, seen = self._judge(source)
            if block.kind is not Kind.ROWS:
                return block, seen
        return ROWS, []

    def _as_texts(self, rows: Sequence[Numbered]) -> list[tuple[int, list[str]]]:
        return [(number, self._texts(row, 0)) for number, row in rows]

    def _texts(self, row: Sequence[Any], width: int) -> list[str]:
        """The cells of a table as wide as this, or wider where the row is."""
        cells = [cell_text(cell) or "" for cell in row[self.left :]]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        return cells + [""] * (width - len(cells))


def _first_block(rows: Sequence[Numbered]) -> list[Numbered]:
    """The rows up to the first gap that some rows stand above."""
    block: list[Numbered] = []
    for one in rows:
        if not is_blank(one[1]):
            block.append(one)
        elif len(block) >= FEWEST_ROWS:
            break
    return block


def _extent(rows: Sequence[Numbered]) -> tuple[int, int]:
    used = {at for _, row in rows for at, cell in enumerate(row) if cell is not None and cell != ""}
    return (min(used), max(used) + 1) if used else (0, 0)
