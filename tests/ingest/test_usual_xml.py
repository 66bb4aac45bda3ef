"""Sheets read as columns of tags: the same cells as by the engine, however they are written."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.ingest import xlsx_pieces
from backend.ingest.usual_xml import UnusualError
from backend.ingest.xlsx_pieces import PiecewiseXlsx
from tests.ingest.large_books import HEAD, MAIN, PARTS
from tests.ingest.test_large_workbooks import Cells, cells_of

STYLES = (
    f'{HEAD}<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm"/>'
    '</numFmts><cellXfs count="7">'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21, 164, 10, 2))
    + "</cellXfs></styleSheet>"
)
TEXTS = [
    "north", "south", "a &amp; b", "&lt;b&gt;", "&amp;lt;", "00123", "ørsted", "東京", "a&#10;b",
    "_x000D_", "my_xml", " padded ", "two\nlines", "", "-", "1",
]  # fmt: skip
ITEMS = [f"<si><t>{text}</t></si>" for text in TEXTS] + [
    '<si><t xml:space="preserve"> kept </t></si>',
    "<si><r><t>rich</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\"> text</t></r></si>",
    "<si/>",
    "<si><t/></si>",
    '<si><t>漢字</t><rPh sb="0" eb="2"><t>かんじ</t></rPh></si>',
]  # fmt: skip
NUMBERS = [
    "0", "1", "-2.5", "1E5", "1.5e-7", "12345678901234567890", "0.1", "45000", "45000.25", "0.75",
    "59", "60", "-1", "3000000", "1e400", " 5 ", "12,5",
]  # fmt: skip
FORMULAS = ["", "", "", "", "<f>A1+1</f>", '<f t="shared" si="0"/>', '<f aca="false">"&lt;"</f>']


@st.composite
def cell(draw: st.DrawFn, reference: str) -> str:
    """One cell, as some program would write it."""
    style = draw(st.sampled_from(["", "", "", *(f' s="{n}"' for n in range(7))]))
    kind = draw(st.sampled_from(["n", "n", "n", "s", "s", "str", "inlineStr", "b", "e", "", "odd"]))
    formula = draw(st.sampled_from(FORMULAS))
    start = f'<c r="{reference}"{style}'
    if kind == "n":
        said = draw(st.sampled_from(["", "", ' t="n"']))
        return f"{start}{said}>{formula}<v>{draw(st.sampled_from(NUMBERS))}</v></c>"
    if kind == "s":
        return f'{start} t="s"><v>{draw(st.integers(0, len(ITEMS) - 1))}</v></c>'
    text = draw(st.sampled_from(TEXTS))
    values = {
        "str": f"{formula}<v>{text}</v>",
        "inlineStr": f"<is><t>{text}</t></is>",
        "b": f"{formula}<v>{draw(st.sampled_from(['0', '1']))}</v>",
        "e": f"{formula}<v>#DIV/0!</v>",
    }
    if kind in values:
        return f'{start} t="{kind}">{values[kind]}</c>'
    if kind == "":
        return draw(st.sampled_from([f"{start}/>", f"{start}></c>", f"{start}>{formula}</c>"]))
    odd = ["<v></v>", "<v/>", "<f>B2</f><v></v>", "<f>B2</f><v/>", "<v>1</v><!-- one -->"]
    return f"{start}>{draw(st.sampled_from(odd))}</c>"


@st.composite
def sheet(draw: st.DrawFn) -> str:
    """Rows with and without gaps."""
    rows, number = [], 0
    full = draw(st.booleans())
    for _ in range(draw(st.integers(1, 6))):
        number += draw(st.sampled_from([1, 1, 1, 1, 2, 5]))
        letters = [c for c in ("A", "B", "C", "AB") if full or draw(st.booleans())]
        cells = "".join(draw(cell(f"{letter}{number}")) for letter in letters)
        more = draw(st.sampled_from(["", "", ' spans="1:3" ht="15"']))
        empty = not cells and draw(st.booleans())
        rows.append(
            f'<row r="{number}"{more}/>' if empty else f'<row r="{number}"{more}>{cells}</row>'
        )
    return "".join(rows)


def written(path: Path, rows: str) -> Path:
    parts = {
        **PARTS,
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f"{HEAD}<sst {MAIN}>{''.join(ITEMS)}</sst>",
        "xl/worksheets/sheet1.xml": (
            f"{HEAD}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
        ),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def said(book: PiecewiseXlsx) -> tuple[Cells, list[int]]:
    """Every cell, without empty rows at the end: a formula with an empty text may be in one."""
    cells = cells_of(book, "Orders")
    while isinstance(cells, list) and cells and not any(cell is not None for cell in cells[-1]):
        cells.pop()
    return cells, book.uncalculated("Orders")


def refuse(*_: Any) -> Any:
    raise UnusualError


@settings(max_examples=60)
@given(rows=sheet(), piece_bytes=st.sampled_from([60, 300, 100_000]))
def test_any_sheet_says_the_same_to_the_engine(
    tmp_path_factory: pytest.TempPathFactory, rows: str, piece_bytes: int
) -> None:
    path = written(tmp_path_factory.mktemp("sheet") / "sheet.xlsx", rows)
    found = said(PiecewiseXlsx(path, piece_bytes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx_pieces, "read_usual", refuse)
        patch.setattr(xlsx_pieces, "read_strings", refuse)
        assert found == said(PiecewiseXlsx(path, piece_bytes))


def test_what_is_usual_needs_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>2</v></c></row>'
    rows += "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}.5</v></c><c r="B{n}" t="b"><v>1</v></c></row>'
        for n in range(2, 500)
    )
    book = PiecewiseXlsx(written(tmp_path / "usual.xlsx", rows))
    monkeypatch.setattr(book, "_by_engine", refuse)
    cells = cells_of(book, "Orders")
    assert cells[0] == ["north", "a & b"]
    assert cells[1:] == [[n + 0.5, True] for n in range(2, 500)]
