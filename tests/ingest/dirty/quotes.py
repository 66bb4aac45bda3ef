"""Defects of quoting."""

from __future__ import annotations

from tests.ingest.dirty.draft import Draft


def _spell(draft: Draft, most: int, written: str, meant: str) -> None:
    """Respells a cell of words in some rows; `{0}` and `{1}` are new words, `{d}` the delimiter."""
    for line in draft.pick(most):
        words = [draft.word(), draft.word()]
        draft.respell(
            line,
            draft.text_column(),
            written.format(*words, d=draft.delimiter),
            meant.format(*words, d=draft.delimiter),
        )


def quote_inside(draft: Draft) -> None:
    _spell(draft, 3, '{0}5" {1}', '{0}5" {1}')


def quote_at_the_start(draft: Draft) -> None:
    _spell(draft, 1, '"{0}', '"{0}')


def quotes_at_the_start_of_several(draft: Draft) -> None:
    _spell(draft, 4, '"{0}', '"{0}')


def quote_at_the_end(draft: Draft) -> None:
    _spell(draft, 3, '{0}"', '{0}"')


def unclosed_early(draft: Draft) -> None:
    line = draft.row_at(0)
    word = draft.word()
    draft.respell(line, draft.text_column(), f'"{word}', f'"{word}')


def unclosed_late(draft: Draft) -> None:
    line = draft.row_at(-1)
    word = draft.word()
    draft.respell(line, draft.text_column(), f'"{word}', f'"{word}')


def unclosed_in_the_header(draft: Draft) -> None:
    word = draft.word()
    draft.touch(draft.top)
    draft.respell(draft.top, draft.random.randrange(len(draft.names)), f'"{word}', f'"{word}')


def text_after_the_closing_quote(draft: Draft) -> None:
    _spell(draft, 3, '"{0}"{1}', '"{0}"{1}')


def inner_quotes_not_doubled(draft: Draft) -> None:
    _spell(draft, 3, '"{0} "so" {1}"', '{0} "so" {1}')


def inner_quotes_and_a_delimiter(draft: Draft) -> None:
    _spell(draft, 3, '"{0} "so"{d} {1}"', '{0} "so"{d} {1}')


def backslash_before_quotes(draft: Draft) -> None:
    _spell(draft, 3, '"{0} \\"so\\" {1}"', '{0} "so" {1}')


def backslash_at_the_end(draft: Draft) -> None:
    _spell(draft, 3, '"{0}\\"', "{0}\\")


def space_before_a_quote(draft: Draft) -> None:
    _spell(draft, 3, ' "{0}"', ' "{0}"')


def space_before_a_quoted_delimiter(draft: Draft) -> None:
    _spell(draft, 3, ' "{0}{d} {1}"', "{0}{d} {1}")


def space_after_a_quote(draft: Draft) -> None:
    _spell(draft, 3, '"{0}" ', '"{0}" ')


def smart_quotes(draft: Draft) -> None:
    _spell(draft, 4, "“{0}” ‘{1}’ «", "“{0}” ‘{1}’ «")


def apostrophes(draft: Draft) -> None:
    _spell(draft, 4, "'{0} it's 5' {1}", "'{0} it's 5' {1}")


def cells_in_apostrophes(draft: Draft) -> None:
    _spell(draft, 3, "'{0}'", "'{0}'")


def a_quote_alone(draft: Draft) -> None:
    _spell(draft, 1, '"', '"')


def three_quotes(draft: Draft) -> None:
    _spell(draft, 2, '"""', '"')


def quotes_only(draft: Draft) -> None:
    _spell(draft, 2, '""""', '"')


def quoted_numbers(draft: Draft) -> None:
    for line in draft.untouched():
        assert line.row is not None
        line.text = draft.join([draft.cell(text, quoted=True) for text in line.row])


def quoted_and_bare_empties(draft: Draft) -> None:
    for line in draft.pick(4):
        draft.respell(line, draft.text_column(), draft.random.choice(['""', ""]), "")


def doubled_quotes(draft: Draft) -> None:
    _spell(draft, 4, '"{0} ""so""{d} {1}"', '{0} "so"{d} {1}')


def whole_rows_in_quotes(draft: Draft) -> None:
    """A row that was quoted once more, as a whole: one cell, with all of its text."""
    for line in draft.pick(2):
        line.text = '"' + line.text.replace('"', '""') + '"'
        line.row = [line.text[1:-1].replace('""', '"')]


QUOTES = [
    quote_inside, quote_at_the_start, quotes_at_the_start_of_several, quote_at_the_end,
    unclosed_early, unclosed_late, unclosed_in_the_header, text_after_the_closing_quote,
    inner_quotes_not_doubled, inner_quotes_and_a_delimiter, backslash_before_quotes,
    backslash_at_the_end, space_before_a_quote, space_before_a_quoted_delimiter,
    space_after_a_quote, smart_quotes, apostrophes, cells_in_apostrophes, a_quote_alone,
    three_quotes, quotes_only, quoted_numbers, quoted_and_bare_empties, doubled_quotes,
    whole_rows_in_quotes,
]  # fmt: skip
