"""One database: how it is opened, read and written. The only `.commit()` of the house is here."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from backend.config import KIB, Config
from backend.errors import InvalidParameterError, UnavailableError
from backend.store.line import turn_among_processes

__all__ = ["Connection", "Database", "Reader", "Session", "open_databases"]

Reader: TypeAlias = Session | Connection
"""What the reading functions of the store take: a transaction, or a connection for reads."""

BLOB_PAGE_BYTES = 16 * KIB
_POOL_SIZE = 16
_UNAVAILABLE_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
# connection, rolled back (deadlock), out of resources, shut down or cancelled, lock not available
_UNAVAILABLE_SQLSTATE = ("08", "40", "53", "57", "55P03")


class Database:
    """A PostgreSQL database or an SQLite file, with its pool of connections.

    Safe to share between threads; each thread takes a connection of its own while it works.
    `busy_s` is how long anything waits for a lock or for a connection. `page_bytes` and the
    incremental vacuum take effect when an SQLite file is made, so whoever opens it first counts.
    """

    def __init__(
        self,
        url: str,
        *,
        busy_s: float,
        page_bytes: int | None = None,
        enforce_keys: bool = True,
    ) -> None:
        self._busy_s = busy_s
        self._page_bytes = page_bytes
        self._enforce_keys = enforce_keys
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # SQLite's own waiting polls and starves: with three writing processes one in a hundred
        # waited 1.1 s, and 0.1 s in line.
        self._writing = threading.Lock() if self.is_sqlite else None
        self._engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        self._readers = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writers = self._engine.execution_options()
        if self.is_sqlite:
            event.listen(self._writers, "begin", _begin_immediate)

    @property
    def address(self) -> str:
        """The connection string as the driver itself takes it; it may hold a password."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that is committed at the end of the block, or rolled back by an error.

        On SQLite writers stand in line. Nothing is retried. Raises UnavailableError when the
        database is busy for too long, full or out of reach, and InvalidParameterError for a text
        that cannot be kept.
        """
        with self._turn(), _translated(), Session(self._writers, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which every statement stands for itself; not for writing."""
        with _translated(), self._readers.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Ask the database for a sign of life. Raises UnavailableError when there is none."""
        with self.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    def dispose(self) -> None:
        """Close every pooled connection; the object can still be used and opens new ones."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._writing is None or not self.url.database:
            yield
            return
        if not self._writing.acquire(timeout=self._busy_s):
            raise UnavailableError("The database is busy; try again in a moment.")
        try:
            with turn_among_processes(f"{self.url.database}.writing", self._busy_s):
                yield
        finally:
            self._writing.release()

    def _sqlite_engine(self) -> Engine:
        if self.url.database:
            # the file holds the signing secret
            Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            # the driver must never begin or commit on its own
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": self._busy_s},
            **self._engine_options(),
        )
        event.listen(engine, "connect", self._prepare_sqlite)
        return engine

    def _prepare_sqlite(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        run = connection.execute
        # Page size and vacuum mode are fixed by the first write, which the switch to WAL makes.
        # Later the pragma would only wait for whoever is writing.
        if run("PRAGMA page_count").fetchone() == (0,):
            if self._page_bytes is not None:
                run(f"PRAGMA page_size = {self._page_bytes}")
            run("PRAGMA auto_vacuum = INCREMENTAL")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA foreign_keys = {'ON' if self._enforce_keys else 'OFF'}")

    def _postgresql_engine(self) -> Engine:
        engine = create_engine(
            self.url,
            # a server that was restarted costs a reconnect, not an error for each pooled connection
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(2, round(self._busy_s))},
            **self._engine_options(),
        )
        event.listen(engine, "connect", self._prepare_postgresql)
        event.listen(engine, "before_cursor_execute", _ask_for_binary_results)
        return engine

    def _prepare_postgresql(self, connection: Any, _record: object) -> None:
        milliseconds = round(self._busy_s * 1000)
        was_autocommit, connection.autocommit = connection.autocommit, True
        connection.execute(f"SET lock_timeout = {milliseconds}")
        # a node that stops in mid-transaction must not hold a share's row for ever
        connection.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        connection.autocommit = was_autocommit

    def _engine_options(self) -> dict[str, Any]:
        return {
            # they hold ids, which are rights, and an error would carry them into the log
            "hide_parameters": True,
            "json_serializer": partial(json.dumps, separators=(",", ":"), allow_nan=False),
            "pool_size": _POOL_SIZE,
            "max_overflow": _POOL_SIZE,
            "pool_timeout": self._busy_s,
        }


def open_databases(config: Config) -> tuple[Database, Database]:
    """The metadata database and the blob database; one and the same on PostgreSQL."""
    metadata = Database(config.metadata_url, busy_s=config.database_busy_s)
    if config.blobs_url == config.metadata_url:
        return metadata, metadata
    return metadata, Database(
        config.blobs_url, busy_s=config.database_busy_s, page_bytes=BLOB_PAGE_BYTES
    )


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _begin_immediate(connection: Connection) -> None:
    # a deferred BEGIN that reads first may fail to become a writer, and no timeout helps then
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _ask_for_binary_results(
    _connection: Connection,
    cursor: Any,
    _statement: str,
    _parameters: Any,
    context: Any,
    _many: bool,
) -> None:
    # bytea as text is hexadecimal: twice the bytes, and a decoding
    if context is not None and context.execution_options.get("binary_results"):
        cursor.format = 1


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError("The database is busy; try again in a moment.") from error
    except (DataError, UnicodeEncodeError) as error:
        # PostgreSQL keeps no U+0000 in text, and nobody keeps half of a surrogate pair
        raise InvalidParameterError("A text holds a character that cannot be kept.") from error
    except DBAPIError as error:
        if _is_unavailable(error):
            raise UnavailableError("The database cannot be used just now.") from error
        raise


def _is_unavailable(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        # the low byte of an extended code is the code itself
        return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in _UNAVAILABLE_SQLITE
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(_UNAVAILABLE_SQLSTATE)
