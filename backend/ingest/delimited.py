"""Delimited text of any kind: what it is, then one pass or two over all of it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from backend.domain import Column, ReadingOptions, Sheet
from backend.ingest.below import list_below
from backend.ingest.columns import column_keys
from backend.ingest.conversion import (
    Converted,
    Guess,
    convert_columns,
    guess_from,
    like_thousands,
    without_thousands,
)
from backend.ingest.encoding import Encoding, detect_encoding, is_sound, utf8_blocks
from backend.ingest.endings import TableEnds, cut, total_line
from backend.ingest.failure import ReadingError
from backend.ingest.forms import NUMBER
from backend.ingest.growing import GrowingFile
from backend.ingest.limits import Limits
from backend.ingest.looking import find_table
from backend.ingest.nearly import COUNTED_LINES, note_nearly_typed
from backend.ingest.parsing import Parsed, Shape, parse_chunk
from backend.ingest.plan import Plan, make_plan, plan_report
from backend.ingest.records import Chunk, RecordCutter
from backend.ingest.results import Reading, SheetFiles
from backend.ingest.sampling import take_sample
from backend.ingest.tally import Tally
from backend.ingest.writing import Behind, SheetWriter

BLOCK_BYTES = 4 * 1024 * 1024
GUESSED_ROWS = 10_000
THREADS = 2
IN_FLIGHT = 4
WRITES_IN_FLIGHT = 2
Progressed = Callable[[int, float | None], None]


class NotUtf8Error(Exception):
    """The stream was presumed to be UTF-8 and is not."""


class DelimitedReading:
    """The reading of one delimited text, given as a stream of `size` bytes."""

    def __init__(
        self,
        stream: BinaryIO,
        size: int,
        name: str,
        options: ReadingOptions,
        output: Path,
        limits: Limits,
        progress: Progressed,
    ) -> None:
        self.stream = stream
        self.size = size
        self.name = name
        self.options = options
        self.output = output
        self.limits = limits
        self.progress = progress

    def read(self) -> Reading:
        """Reads it all; raises ReadingError."""
        try:
            return self._read(detect_encoding(self.stream, self.options.encoding, presume=True))
        except NotUtf8Error:
            return self._read(detect_encoding(self.stream))

    def _read(self, encoding: Encoding) -> Reading:
        plan = self._plan(encoding)
        tally = self._passes(plan)
        if isinstance(self.stream, GrowingFile):
            # It was planned by its beginning alone; what counts is what the whole file says.
            self.size = self.stream.wait_for_end()
            plan, planned = self._plan(encoding), plan
            if plan.is_as(planned):
                plan.shape, plan.guesses = planned.shape, planned.guesses
            else:
                tally = self._passes(plan)
        return self._reading(plan, tally)

    def _passes(self, plan: Plan) -> Tally:
        tally = self._pass(plan)
        while tally.void:
            tally = self._pass(plan)
        return tally

    def _plan(self, encoding: Encoding) -> Plan:
        sample = take_sample(self.stream, self.size, encoding)
        if encoding.presumed and not sample.sound:
            raise NotUtf8Error
        if sample.whole and not sample.text.strip(b"\r\n"):
            raise ReadingError("empty_file", "The file holds no rows.")
        look = find_table(self.stream, sample, encoding, self.options)
        return make_plan(encoding, look, self.options, self.limits)

    def _pass(self, plan: Plan) -> Tally:
        """One scan over all rows, written as guessed. Corrects the plan where it was wrong."""
        tally = Tally()
        chunks = self._chunks(plan, tally)
        if not plan.guesses:
            plan.guesses = [Guess()] * plan.shape.columns
            chunks = self._guessed(plan, chunks)
        keys = column_keys([name for name, _ in plan.columns_named()])
        guesses = list(plan.guesses)
        schema = pa.schema([(k, g.form.arrow) for k, g in zip(keys, guesses, strict=True)])
        written = [k for k, g in zip(keys, guesses, strict=True) if g.written]
        tally.nulls, tally.exact = [0] * len(keys), [True] * len(keys)
        tally.words = [Counter() if guess.nearly else None for guess in guesses]
        tally.like_thousands = [guess.form is NUMBER for guess in guesses]
        with (
            SheetWriter(self.output, 0, schema, written) as self.writer,
            ThreadPoolExecutor(THREADS) as pool,
            Behind(WRITES_IN_FLIGHT) as behind,
        ):
            for parsed, converted in _table(_in_order(pool, chunks, plan), chunks, plan, tally):
                self._take(parsed, converted, plan, tally)
                if not tally.void:
                    texts = [c.texts for c in converted if c.texts is not None]
                    behind.do(self.writer.add, [c.values for c in converted], texts)
                self._report_progress(tally)
        if tally.widest > plan.shape.columns:
            self._widen(plan, tally.widest)
        if not tally.void:
            plan.guesses = without_thousands(guesses, tally.like_thousands)
            tally.void = plan.guesses != guesses
        return tally

    def _guessed(self, plan: Plan, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """The same chunks; the first one is looked at before the pass begins."""
        ahead = list(islice(chunks, 3))
        if not ahead:
            return iter(())
        first = ahead.pop(0)
        parsed = _parse(first, plan)
        ends = TableEnds(plan.dialect, plan.known)
        end = ends.find(first, parsed, ahead, last=len(ahead) < 2)
        if end is not None:
            parsed = _parse(cut(first, end.position, plan.dialect)[0], plan)
        sample = [column.slice(0, GUESSED_ROWS) for column in parsed.columns]
        plan.guesses = guess_from(sample, plan.guesses)
        return chain([first], ahead, chunks)

    def _chunks(self, plan: Plan, tally: Tally) -> Iterator[Chunk]:
        cutter = RecordCutter(
            plan.dialect, plan.shape.usual, plan.line, longest_record=self.limits.max_cell_bytes
        )
        skip = plan.offset
        for block in utf8_blocks(
            self.stream,
            plan.encoding,
            tally.warnings,
            block_bytes=BLOCK_BYTES,
            line_end=plan.dialect.line_end,
        ):
            yield from cutter.feed(block[skip:] if skip else block, final=False)
            skip = max(0, skip - len(block))
        yield from cutter.feed(b"", final=True)

    def _take(self, parsed: Parsed, converted: list[Converted], plan: Plan, tally: Tally) -> None:
        tally.rows += parsed.rows
        tally.tolerant |= parsed.tolerant
        tally.warnings.merge(parsed.warnings)
        tally.widest = max(tally.widest, parsed.widest)
        tally.void |= parsed.widest > plan.shape.columns
        for index, (texts, done) in enumerate(zip(parsed.columns, converted, strict=True)):
            tally.nulls[index] += texts.null_count
            tally.exact[index] &= done.exact
            tally.count_words(index, done.words)
            if tally.like_thousands[index]:
                tally.like_thousands[index] = like_thousands(texts)
            if done.better is not None:
                tally.void = True
                plan.guesses[index] = (
                    convert_columns([texts], [plan.guesses[index]])[0].better or plan.guesses[index]
                )

    def _report_progress(self, tally: Tally) -> None:
        done = self.stream.tell() / self.size if self.size else None
        self.progress(0 if tally.void else tally.rows, done)

    def _widen(self, plan: Plan, widest: int) -> None:
        if widest > self.limits.max_columns:
            raise ReadingError(
                "too_many_columns",
                f"A row has {widest} cells; at most {self.limits.max_columns} are read.",
            )
        plan.guesses += [Guess()] * (widest - plan.shape.columns)
        plan.shape = Shape(plan.shape.usual, widest)

    def _reading(self, plan: Plan, tally: Tally) -> Reading:
        named = plan.columns_named()
        keys = column_keys([name for name, _ in named])
        columns = tuple(
            Column(key, name, g.form.type, nulls, generated, exact, g.written)
            for key, (name, generated), g, nulls, exact in zip(
                keys, named, plan.guesses, tally.nulls, tally.exact, strict=True
            )
        )
        sheet = Sheet(0, self.name, tally.rows, columns, "", None)
        files = SheetFiles(sheet, self.writer.data, self.writer.written)
        part = tally.rows > COUNTED_LINES
        nearly = [guess.nearly for guess in plan.guesses]
        note_nearly_typed(keys, nearly, tally.words, tally.warnings, part=part)
        report = plan_report(plan, tally.warnings, tally.below, tolerant=tally.tolerant)
        return Reading((files,), report)


@dataclass(frozen=True, slots=True)
class _Step:
    """A chunk and its cells; `ahead` are the chunks at hand below it, `last`: there are no more."""

    chunk: Chunk
    parsed: Parsed
    converted: list[Converted]
    ahead: list[Chunk]
    last: bool


def _in_order(pool: ThreadPoolExecutor, chunks: Iterator[Chunk], plan: Plan) -> Iterator[_Step]:
    """Chunks parsed and converted side by side, given back in the order of the file."""
    waiting: deque[tuple[Chunk, Future[tuple[Parsed, list[Converted]]]]] = deque()

    def step(*, last: bool) -> _Step:
        chunk, done = waiting.popleft()
        return _Step(chunk, *done.result(), [ahead for ahead, _ in waiting], last)

    for chunk in chunks:
        waiting.append((chunk, pool.submit(_work, chunk, plan, list(plan.guesses))))
        if len(waiting) >= IN_FLIGHT:
            yield step(last=False)
    while waiting:
        yield step(last=True)


def _table(
    steps: Iterator[_Step], chunks: Iterator[Chunk], plan: Plan, tally: Tally
) -> Iterator[tuple[Parsed, list[Converted]]]:
    """The cells of the table, chunk by chunk, down to its end; what stands below is listed."""
    ends = TableEnds(plan.dialect, plan.known)
    for step in steps:
        end = ends.find(step.chunk, step.parsed, step.ahead, last=step.last)
        if end is None:
            if step.last and not step.ahead:
                _note_total(step.chunk, plan, tally)
            yield step.parsed, step.converted
            continue
        head, rest = cut(step.chunk, end.position, plan.dialect)
        _note_total(head, plan, tally)
        yield _work(head, plan, list(plan.guesses))
        if not tally.void:
            tally.below = list_below(end, rest, chain(step.ahead, chunks), plan.dialect)
        return


def _note_total(chunk: Chunk, plan: Plan, tally: Tally) -> None:
    line = total_line(chunk, plan.dialect) if plan.known and plan.shape.usual > 1 else None
    tally.warnings.add("total_row", [] if line is None else [line])


def _parse(chunk: Chunk, plan: Plan) -> Parsed:
    parsed = parse_chunk(chunk, plan.dialect, plan.shape)
    return plan.repeated.taken_out(parsed, chunk, plan.dialect)


def _work(chunk: Chunk, plan: Plan, guesses: list[Guess]) -> tuple[Parsed, list[Converted]]:
    if plan.encoding.presumed and not is_sound(chunk.data):
        raise NotUtf8Error
    parsed = _parse(chunk, plan)
    if chunk.line > COUNTED_LINES:
        guesses = [replace(guess, nearly=None) for guess in guesses]
    return parsed, convert_columns(parsed.columns, guesses)
