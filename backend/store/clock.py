"""The two clocks: the machine's for what people read, the database's for what machines agree on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def epoch_milliseconds() -> int:
    """Milliseconds since 1970 by this machine's clock, which may jump in either direction."""
    return time.time_ns() // 1_000_000


def now() -> datetime:
    """This moment in UTC, by the same clock as `epoch_milliseconds`."""
    return datetime.fromtimestamp(epoch_milliseconds() / 1000, UTC)


class DatabaseMilliseconds(FunctionElement[int]):
    """Milliseconds since 1970 by the database's clock: the one clock all the nodes share."""

    type = BigInteger()
    inherit_cache = True
    name = "database_milliseconds"


@compiles(DatabaseMilliseconds, "sqlite")
def _in_sqlite(_element: DatabaseMilliseconds, _compiler: Any, **_options: Any) -> str:
    # 2440587.5 is the Julian day of 1970-01-01; unixepoch('subsec') needs SQLite 3.42
    return "CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(DatabaseMilliseconds, "postgresql")
def _in_postgresql(_element: DatabaseMilliseconds, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)"
