"""Defects of line ends, and characters that some take for line ends."""

from __future__ import annotations

from tests.ingest.dirty.draft import Draft, IncompatibleError


def _put(draft: Draft, between: str, *, quoted: bool = False, most: int = 3) -> None:
    for line in draft.pick(most):
        text = f"{draft.word()}{between}{draft.word()}"
        draft.respell(line, draft.text_column(), f'"{text}"' if quoted else text, text)


def embedded_line_ends(draft: Draft) -> None:
    _put(draft, draft.random.choice(["\n", "\r\n", "\n\n", "\r"]), quoted=True)


def embedded_rows(draft: Draft) -> None:
    """A cell that holds what looks like rows of the table."""
    inner = "".join(draft.line_end + draft.join(draft.row()) for _ in range(2))
    _put(draft, inner.replace('"', ""), quoted=True, most=1)


def mixed_line_ends(draft: Draft) -> None:
    others = ["\n"] if draft.line_end == "\r\n" else ["\r\n"]
    for line in draft.pick(5):
        line.end = draft.random.choice(others)


def lone_returns_as_line_ends(draft: Draft) -> None:
    if draft.line_end != "\r":
        for line in draft.pick(3):
            line.end = "\r"


def lone_break_in_a_cell(draft: Draft) -> None:
    if draft.line_end != "\r":
        _put(draft, "\r")


def doubled_returns(draft: Draft) -> None:
    if draft.line_end == "\r\n":
        for line in draft.pick(3):
            line.end = "\r\r\n"


def doubled_returns_everywhere(draft: Draft) -> None:
    if draft.line_end == "\r\n":
        draft.line_end = "\r\r\n"


def no_last_line_end(draft: Draft) -> None:
    if draft.finish:  # what was to follow the last line would become part of it
        raise IncompatibleError
    draft.last_end = False


def control_z_at_the_end(draft: Draft) -> None:
    draft.finish.append(lambda data: data + "\x1a".encode(draft.encoding))


def other_separators(draft: Draft) -> None:
    for character in "\x0b\x0c\x1c\x1d\x85\u2028\u2029":
        _put(draft, character, most=1)


def tabs_and_spaces(draft: Draft) -> None:
    if draft.delimiter != "\t":
        _put(draft, " \t  ", most=4)


def very_long_cell(draft: Draft) -> None:
    _put(draft, " and" * 60_000, most=1)


def nul_bytes(draft: Draft) -> None:
    _put(draft, "\x00", most=2)


BREAKS = [
    embedded_line_ends, embedded_rows, mixed_line_ends, lone_returns_as_line_ends,
    lone_break_in_a_cell, doubled_returns, doubled_returns_everywhere, control_z_at_the_end,
    no_last_line_end, other_separators, tabs_and_spaces, very_long_cell, nul_bytes,
]  # fmt: skip
