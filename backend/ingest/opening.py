"""Which engines can open which kind of workbook, in the order they are tried."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import python_calamine

from backend.ingest import calamine_books
from backend.ingest.books import Book, Engine, UnclearSheetError
from backend.ingest.careful_books import OpenpyxlBook, PyxlsbBook, XlrdBook
from backend.ingest.failure import ReadingError
from backend.ingest.formats import FODS, ODS, XLS, XLSB, XLSX
from backend.ingest.open_document import OpenDocumentXml
from backend.ingest.xlsb_pieces import PiecewiseXlsb, has_short_cells
from backend.ingest.xlsx_pieces import LARGE_BYTES, PiecewiseXlsx, is_large, is_small


def open_xlsx_carefully(source: Path) -> Book:
    """The slow engine, for what it can hold: it keeps hundreds of bytes for each cell."""
    if is_large(source):
        raise ReadingError(
            "too_much_memory",
            "The workbook is large, and written in a way that only a reader for smaller ones "
            "understands: open and save it as XLSX or CSV with a spreadsheet program and retry.",
        )
    return OpenpyxlBook(source)


def open_pyxlsb(source: Path) -> Book:
    """The slow engine, which would leave out cells in short form without a word."""
    if has_short_cells(source):
        raise UnclearSheetError(source)
    return PyxlsbBook(source)


def open_ods(source: Path) -> Book:
    """The fast engine, or the one that streams, where the other would hold too much."""
    with zipfile.ZipFile(source) as archive:
        large = archive.getinfo("content.xml").file_size > LARGE_BYTES
    return OpenDocumentXml(source) if large else calamine_books.open_ods(source)


FAST = "calamine"
ENGINES: dict[str, tuple[Engine, ...]] = {
    XLSX: (PiecewiseXlsx, calamine_books.open_xlsx, open_xlsx_carefully),
    XLSB: (PiecewiseXlsb, open_pyxlsb),
    XLS: (calamine_books.open_xls, XlrdBook),
    ODS: (open_ods, OpenDocumentXml),
    FODS: (OpenDocumentXml,),
}


def engines_for(source: Path, kind: str) -> Sequence[Engine]:
    """The engines for this workbook: a small XLSX needs no pieces, a large one cannot be held."""
    engines = ENGINES[kind]
    if kind != XLSX:
        return engines
    try:
        large, small = is_large(source), is_small(source)
    except (zipfile.BadZipFile, NotImplementedError, ValueError):  # for the engines to say so
        return engines[1:]
    if large:
        return (engines[0], engines[-1])
    return engines[1:] if small else engines


def open_book(source: Path, kind: str, *, skip: int = 0) -> tuple[Book, int]:
    """The workbook, by the first engine that opens it, and how many have been tried.

    `skip` leaves out so many of the faster ones. Raises ReadingError.
    """
    failures: list[BaseException] = []
    engines: Sequence[Any] = engines_for(source, kind)
    for number, engine in enumerate(engines[skip:], start=skip + 1):
        try:
            return engine(source), number
        except python_calamine.PasswordError as error:
            raise password_error() from error
        except (MemoryError, ReadingError):
            raise
        except BaseException as error:  # noqa: BLE001 - a Rust panic is a BaseException
            _refuse_password(error)
            failures.append(error)
    reason = f": {failures[0]}" if failures else ""
    raise ReadingError("corrupt_file", f"The workbook is damaged{reason}"[:300]) from (
        failures[-1] if failures else None
    )


def password_error() -> ReadingError:
    """The failure for a workbook nobody can open without its password."""
    return ReadingError("password_protected", "The workbook is protected by a password.")


def _refuse_password(error: BaseException) -> None:
    if "encrypted" in str(error).lower():
        raise password_error() from error
