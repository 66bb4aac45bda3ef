"""Defects of encoding. Bytes that fit no encoding stand in the draft as private characters."""

from __future__ import annotations

from tests.ingest.dirty.draft import Draft, IncompatibleError

ACCENTS = ("Müller", "Zürich", "Straße", "Orléans", "Café", "Österreich", "Señora", "Köln")


def _accents(draft: Draft, rows: int = 8) -> None:
    """Rows with letters beyond ASCII, so that the encoding shows."""
    if len(draft.untouched()) < 6:
        raise IncompatibleError
    for line in draft.untouched()[:rows]:
        assert line.row is not None
        column = draft.text_column()
        text = f"{draft.random.choice(ACCENTS)} {line.row[column]}"
        draft.rewrite(line, [*line.row[:column], text, *line.row[column + 1 :]])


def _save(draft: Draft, encoding: str) -> None:
    if draft.encoding != "utf-8" or draft.raw:
        raise IncompatibleError
    draft.encoding = encoding


def _foreign(draft: Draft, raw: bytes, most: int = 2) -> None:
    for line in draft.pick(most):
        word = draft.word()
        draft.respell(line, draft.text_column(), word + draft.byte(raw), word + "�")


def byte_that_is_no_utf_8(draft: Draft) -> None:
    _accents(draft)
    _foreign(draft, draft.random.choice([b"\xe9", b"\xff", b"\xc3", b"\x81", b"\xe2\x82"]))


def bytes_that_are_no_utf_8_early(draft: Draft) -> None:
    _accents(draft)
    line = draft.row_at(0)
    word = draft.word()
    draft.respell(line, draft.text_column(), word + draft.byte(b"\xe8"), word + "è")


def latin_lines_in_utf_8(draft: Draft) -> None:
    _accents(draft, 30)
    for line in draft.pick(2):
        word = draft.word()
        raw = draft.byte("éü".encode("cp1252"))
        draft.respell(line, draft.text_column(), word + raw, word + "éü")


def windows_1252(draft: Draft) -> None:
    _accents(draft)
    _save(draft, "cp1252")


def utf_8_lines_in_windows_1252(draft: Draft) -> None:
    _accents(draft)
    for line in draft.pick(1):
        word = draft.word()
        draft.respell(line, draft.text_column(), word + "Ã©", word + "Ã©")
    _save(draft, "cp1252")


def mark_before_windows_1252(draft: Draft) -> None:
    """A byte order mark that says UTF-8 over rows of which two are not."""
    _accents(draft)
    _foreign(draft, b"\xe9")
    draft.marked = True


def byte_order_mark(draft: Draft) -> None:
    _accents(draft)
    draft.marked = True


def two_byte_order_marks(draft: Draft) -> None:
    draft.touch(draft.top)
    first = draft.lines[0]
    first.text = "\ufeff" + first.text
    if first is draft.header:
        first.row = ["\ufeff" + draft.names[0], *draft.names[1:]]
    byte_order_mark(draft)


def byte_order_mark_in_the_middle(draft: Draft) -> None:
    """Two files, put together by a program that knew nothing of marks."""
    for line in draft.pick(1):
        assert line.row is not None
        line.text = "\ufeff" + line.text
        line.row = ["\ufeff" + line.row[0], *line.row[1:]]


def byte_order_mark_before_a_quote(draft: Draft) -> None:
    for line in draft.pick(1):
        assert line.row is not None
        line.text = "\ufeff" + draft.join([draft.cell(text, quoted=True) for text in line.row])
        line.row = ['\ufeff"' + line.row[0] + '"', *line.row[1:]]


def utf_16(draft: Draft) -> None:
    _accents(draft)
    _save(draft, draft.random.choice(["utf-16-le", "utf-16-be"]))
    if draft.random.random() < 0.7:
        draft.marked = True


def utf_16_with_an_odd_byte(draft: Draft) -> None:
    if not draft.last_end:
        raise IncompatibleError
    _save(draft, draft.random.choice(["utf-16-le", "utf-16-be"]))
    draft.marked = True
    draft.finish.append(lambda data: data + b"x")


def half_a_surrogate(draft: Draft) -> None:
    _save(draft, "utf-16-le")
    draft.marked = True
    for line in draft.pick(1):
        word = draft.word()
        draft.respell(line, draft.text_column(), word + "\ud83d", word + "�")


def cut_within_a_character(draft: Draft) -> None:
    _accents(draft)
    line = draft.row_at(-1)
    assert line.row is not None
    draft.last_end = False
    line.text += draft.byte(b"\xe2\x82")
    line.row = [*line.row[:-1], line.row[-1] + "�"]


ENCODINGS = [
    byte_that_is_no_utf_8, bytes_that_are_no_utf_8_early, latin_lines_in_utf_8, windows_1252,
    utf_8_lines_in_windows_1252, mark_before_windows_1252, byte_order_mark, two_byte_order_marks,
    byte_order_mark_in_the_middle, byte_order_mark_before_a_quote, utf_16,
    utf_16_with_an_odd_byte, half_a_surrogate, cut_within_a_character,
]  # fmt: skip
