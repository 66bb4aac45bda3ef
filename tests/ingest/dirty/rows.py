"""Defects in the number of cells: rows too short, too long, blank, or taken for something else."""

from __future__ import annotations

from tests.ingest.dirty.draft import Draft, IncompatibleError, Line


def short_rows(draft: Draft) -> None:
    for line in draft.pick():
        assert line.row is not None
        draft.rewrite(line, line.row[: draft.random.randint(1, len(line.row) - 1)])


def long_rows(draft: Draft) -> None:
    for line in draft.pick():
        assert line.row is not None
        surplus = [draft.word() for _ in range(draft.random.randint(1, 3))]
        draft.rewrite(line, line.row + surplus)


def long_and_short_rows(draft: Draft) -> None:
    long_rows(draft)
    short_rows(draft)


def most_rows_short(draft: Draft) -> None:
    if draft.width < 5:
        raise IncompatibleError
    for line in draft.untouched():
        assert line.row is not None
        if draft.random.random() < 0.45:
            draft.rewrite(draft.touch(line), line.row[:-1])


def trailing_delimiters(draft: Draft) -> None:
    for line in draft.pick():
        line.text += draft.delimiter * draft.random.randint(1, 3)


def trailing_delimiters_everywhere(draft: Draft) -> None:
    for line in draft.lines:
        line.text += draft.delimiter


def trailing_delimiters_below_the_header(draft: Draft) -> None:
    for line in draft.body:
        line.text += draft.delimiter


def blank_lines(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 4)):
        draft.insert(Line(""))


def blank_lines_at_the_end(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 4)):
        draft.insert(Line(draft.random.choice(["", " "])), len(draft.lines))


def lines_of_spaces(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 4)):
        draft.insert(Line(draft.random.choice([" ", "   "])))


def lines_of_delimiters(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 3)):
        draft.insert(Line(draft.delimiter * (draft.width - 1), [""] * draft.width))


def blank_line_under_the_header(draft: Draft) -> None:
    draft.insert(Line(""), draft.lines.index(draft.top) + 1)


def delimiter_in_an_unquoted_cell(draft: Draft) -> None:
    for line in draft.pick():
        assert line.row is not None
        column = draft.text_column()
        halves = [draft.word(), draft.word()]
        line.row = line.row[:column] + halves + line.row[column + 1 :]
        line.text = draft.join(line.row)


def a_row_torn_in_two(draft: Draft) -> None:
    """A line break in the middle of an unquoted cell: two halves, neither of them a row."""
    for line in draft.pick(1):
        assert line.row is not None
        at = draft.random.randint(1, len(line.row) - 1)
        head, tail = line.row[:at], line.row[at:]
        draft.rewrite(line, head)
        draft.insert(draft.line(tail), draft.lines.index(line) + 1)


def only_a_header(draft: Draft) -> None:
    draft.lines = [line for line in draft.lines if line.row is None or line is draft.header]


def a_single_row(draft: Draft) -> None:
    kept = draft.body[:1]
    draft.lines = [x for x in draft.lines if x.row is None or x is draft.header or x in kept]


def a_single_column(draft: Draft) -> None:
    draft.columns = [draft.word]
    draft.literal = True
    for line in draft.lines:
        assert line.row is not None
        draft.rewrite(line, [draft.word()])


def very_many_columns(draft: Draft) -> None:
    draft.columns += [draft.random.choice([draft.word, draft.number]) for _ in range(400)]
    for line in draft.lines:
        assert line.row is not None
        draft.rewrite(line, line.row + [draft.word() for _ in range(400)])


def an_empty_column(draft: Draft) -> None:
    column = draft.random.randrange(draft.width)
    for line in draft.body:
        assert line.row is not None
        draft.rewrite(line, [*line.row[:column], "", *line.row[column + 1 :]])


def few_filled_cells(draft: Draft) -> None:
    for line in draft.body:
        assert line.row is not None
        draft.rewrite(line, [t if draft.random.random() < 0.6 else "" for t in line.row])
    for line in draft.body:
        assert line.row is not None
        if not any(line.row):
            draft.rewrite(line, draft.row())


ROWS = [
    short_rows, long_rows, long_and_short_rows, most_rows_short, trailing_delimiters,
    trailing_delimiters_everywhere, trailing_delimiters_below_the_header, blank_lines,
    blank_lines_at_the_end, lines_of_spaces, lines_of_delimiters, blank_line_under_the_header,
    delimiter_in_an_unquoted_cell, a_row_torn_in_two,
]  # fmt: skip
TABLES = [
    only_a_header, a_single_row, a_single_column, very_many_columns, an_empty_column,
    few_filled_cells,
]  # fmt: skip
