"""The nouns of Tablecast as frozen values. They cross layers; database rows and frames do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RevisionState(StrEnum):
    """What has become of an accepted upload."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class ColumnType(StrEnum):
    """The type every value of a column survives exactly."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class What(StrEnum):
    """What a change is about, as the channel names it."""

    REVISION = "revision"
    PROGRESS = "progress"
    SHARE = "share"
    ACCESS = "access"
    PRESENTER = "presenter"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. `exact` is false where an integer exceeds ±2^53."""

    key: str
    name: str
    type: ColumnType
    nulls: int
    generated: bool = False
    exact: bool = True
    written: bool = False
    """Whether the companion file holds the text of this column as it was written."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a revision: `data` and `written` are ids of columnar blobs, never used again."""

    index: int
    name: str
    rows: int
    columns: tuple[Column, ...]
    data: str
    written: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How the caller asked for a file to be read; None means: detect it."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_row: int | str | None = None
    """1-based line or row of the header; 0: there is no header; `2-4`: these are joined."""
    sheet: str | None = None

    @property
    def header_lines(self) -> tuple[int, int] | None:
        """First and last line of the header, (0, 0) if there is none; None: detect it."""
        if self.header_row is None:
            return None
        first, _, last = str(self.header_row).partition("-")
        return int(first), int(last or first)

    def given(self) -> dict[str, Any]:
        """The options that were asked for, by name."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Where in a file something is wrong. Rows are 1-based lines of the file."""

    code: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a revision could not be read: a stable code and a sentence for a person."""

    code: str
    detail: str
    errors: tuple[CellProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading is: rows written so far and, where known, the part of the file done."""

    rows: int
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """The durable thing behind a link."""

    id: str
    title: str
    version: int
    seq: int
    head: int | None
    latest: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What one complete upload made of a share; immutable once ready."""

    share_id: str
    number: int
    state: RevisionState
    filename: str
    size: int
    sha256: str
    original: str
    """Id of the blob that holds the bytes as they were uploaded."""
    created_at: datetime
    finished_at: datetime | None = None
    options: ReadingOptions = field(default_factory=ReadingOptions)
    progress: Progress | None = None
    failure: Failure | None = None
    report: dict[str, Any] | None = None
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumableUpload:
    """A file on its way in over as many connections as it takes. Its id is a secret."""

    id: str
    share_id: str
    blob_id: str | None
    """Where its bytes go, while they do: None once it is finished or ended."""
    revision: int | None = None
    """The number it was given when it was finished."""
    size: int
    filename: str
    options: ReadingOptions
    described: str
    """The Upload-Metadata header as it was sent."""
    token_id: str | None
    session_id: str | None
    expected_version: int | None
    fingerprint: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Blob:
    """An immutable byte string in segments. `digest` is the sha256 of its bytes, in hex."""

    id: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Job:
    """A leased piece of durable work: read one revision."""

    id: int
    share_id: str
    revision: int
    attempts: int
    deaths: int
    """How often the parser itself died on it; a node's death counts in `attempts` only."""
    owner: str


@dataclass(frozen=True, slots=True)
class Token:
    """A named, revocable right to change a share; its secret is derived, never stored."""

    id: str
    share_id: str
    name: str
    nonce: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Share X now has seq N. No cell, no name ever travels in it."""

    share_id: str
    seq: int
    revision: int | None
    what: frozenset[What]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the channel tells of a share when a subscriber comes: its seq and its head."""

    seq: int
    revision: int | None


class Operator(StrEnum):
    """How a filter compares the cells of a column with what was asked for."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    IN = "in"
    ISNULL = "isnull"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one column; the values are of the column's own type."""

    key: str
    operator: Operator
    values: tuple[Any, ...]
    """One value; several for `in`; one boolean for `isnull`."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column to sort by. Nulls come last either way."""

    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Which rows of a sheet, and in which order: filters are ANDed, ties stay in file order."""

    filters: tuple[Filter, ...] = ()
    search: str | None = None
    """Found in any column, whatever its case and accents."""
    sort: tuple[SortKey, ...] = ()
    collate: str = "codepoint"
    """How text sorts: `codepoint`, or `natural` for the numbers inside it."""

    @property
    def is_whole(self) -> bool:
        """Whether it asks for every row in file order."""
        return not (self.filters or self.search or self.sort)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which slice of a sheet: rows from `offset`, at most `limit`, of `columns` (None: all)."""

    offset: int
    limit: int
    columns: tuple[str, ...] | None = None
    shape: str = "objects"
    """`objects` (one object a row, by column key) or `arrays`."""
    values: str = "typed"
    """`typed`, or `text`: every cell exactly as it was written."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows ready to be encoded as JSON, with the columns they hold, in order."""

    columns: tuple[Column, ...]
    rows: Any
    """A list of objects or of arrays; of very many cells JSON text (an `orjson.Fragment`)."""
