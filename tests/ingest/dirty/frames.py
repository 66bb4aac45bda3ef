"""Defects around the table: what stands above, below and between its rows, and in its header."""

from __future__ import annotations

from tests.ingest.dirty.draft import Draft, IncompatibleError, Line


def _note(draft: Draft, text: str) -> Line:
    if len(draft.body) < 3:  # more notes than rows: nobody could tell which is which
        raise IncompatibleError
    words = [draft.word() for _ in range(3)]
    return Line(text.format(*words, d=draft.delimiter), touched=True)


def preamble(draft: Draft) -> None:
    kinds = ["{0} {1} {2}", "{0}: {1}", "# {0} {1}", "", "{0} - {1}. {2}!"]
    for _ in range(draft.random.randint(1, 9)):
        draft.insert(_note(draft, draft.random.choice(kinds)), 0)


def preamble_with_delimiters(draft: Draft) -> None:
    if draft.width > 4:
        for _ in range(draft.random.randint(1, 4)):
            draft.insert(_note(draft, draft.random.choice(["{0}{d} {1}", "{0}{d}{1}"])), 0)


def padded_preamble(draft: Draft) -> None:
    """A title as spreadsheets save it: all delimiters are there."""
    draft.insert(_note(draft, "{0} {1}" + draft.delimiter * (draft.width - 1)), 0)


def sep_line(draft: Draft) -> None:
    draft.insert(Line(f"sep={draft.delimiter}"), 0)


def comments_within(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 3)):
        draft.insert(_note(draft, "# {0} {1}"))


def comments_above(draft: Draft) -> None:
    for _ in range(draft.random.randint(1, 5)):
        draft.insert(_note(draft, "#{0} {1} {2}"), 0)


def footnotes(draft: Draft) -> None:
    draft.insert(Line(""), len(draft.lines))
    for _ in range(draft.random.randint(1, 3)):
        draft.insert(_note(draft, "{0} {1}: {2}."), len(draft.lines))


def footnote_without_a_gap(draft: Draft) -> None:
    draft.insert(_note(draft, "Source: {0} {1}"), len(draft.lines))


def footnote_in_two_cells(draft: Draft) -> None:
    draft.insert(_note(draft, "Source:{d} {0} {1}"), len(draft.lines))


def total_line(draft: Draft) -> None:
    row = ["Total", *[""] * (draft.width - 2), draft.number()]
    draft.insert(draft.line(row), len(draft.lines))


def short_total_line(draft: Draft) -> None:
    draft.insert(draft.line(["Total", draft.number()][: draft.width]), len(draft.lines))


def repeated_header(draft: Draft) -> None:
    draft.insert(Line(draft.top.text))


def _second_table(draft: Draft, width: int, title: bool) -> None:
    end = len(draft.lines)
    lines = [Line("")]
    if title:
        lines.append(_note(draft, "{0} {1}"))
    lines.append(Line(draft.join([draft.word() for _ in range(width)])))
    for _ in range(draft.random.randint(2, 8)):
        lines.append(Line(draft.join([draft.number() for _ in range(width)])))
    for line in reversed(lines):
        draft.insert(line, end)


def a_second_narrow_table(draft: Draft) -> None:
    _second_table(draft, max(2, draft.width - 1), title=False)


def a_second_wide_table(draft: Draft) -> None:
    _second_table(draft, draft.width + 2, title=draft.random.random() < 0.5)


def a_second_table_as_wide(draft: Draft) -> None:
    _second_table(draft, draft.width, title=False)


def a_third_table(draft: Draft) -> None:
    _second_table(draft, draft.width + 1, title=True)
    _second_table(draft, draft.width + 3, title=True)


def rule_under_the_header(draft: Draft) -> None:
    at = draft.lines.index(draft.top) + 1
    draft.insert(Line(draft.join(["-----"] * draft.width), ["-----"] * draft.width), at)


def units_under_the_header(draft: Draft) -> None:
    row = [f"[{draft.word()}]" for _ in range(draft.width)]
    draft.insert(draft.line(row), draft.lines.index(draft.top) + 1)


def _headed(draft: Draft, names: list[str]) -> None:
    if draft.literal:
        raise IncompatibleError
    draft.rewrite(draft.touch(draft.top), names)


def short_header(draft: Draft) -> None:
    _headed(draft, draft.names[:-1])


def long_header(draft: Draft) -> None:
    _headed(draft, [*draft.names, draft.word()])


def repeated_names(draft: Draft) -> None:
    _headed(draft, [draft.names[0], draft.names[0], *draft.names[2:]])


def empty_names(draft: Draft) -> None:
    column = draft.random.randrange(draft.width)
    names = draft.names
    _headed(draft, [*names[:column], "", *names[column + 1 :]])


def names_with_spaces(draft: Draft) -> None:
    _headed(draft, [f"  {name} " for name in draft.names])


def names_of_spaces(draft: Draft) -> None:
    _headed(draft, [*draft.names[:-1], "  "])


def names_with_line_breaks(draft: Draft) -> None:
    _headed(draft, [f"{draft.names[0]}\n(EUR)", *draft.names[1:]])


def no_header(draft: Draft) -> None:
    if draft.literal:
        raise IncompatibleError
    draft.lines.remove(draft.top)
    draft.header = None


FRAMES = [
    preamble, preamble_with_delimiters, padded_preamble, sep_line, comments_within,
    comments_above, footnotes, footnote_without_a_gap, footnote_in_two_cells, total_line,
    short_total_line, repeated_header, a_second_narrow_table, a_second_wide_table,
    a_second_table_as_wide, a_third_table, rule_under_the_header, units_under_the_header,
]  # fmt: skip
HEADS = [
    short_header, long_header, repeated_names, empty_names, names_with_spaces, names_of_spaces,
    names_with_line_breaks, no_header,
]  # fmt: skip
