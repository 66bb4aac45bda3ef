"""The tables. Two sets: metadata, and blobs, which on SQLite live in a file of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import Boolean as BooleanType
from sqlalchemy.types import TypeEngine

# constraints must have names, or a later migration cannot speak of them
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
blobs_metadata = MetaData(naming_convention=NAMES)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware and in UTC on both sides of every database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# JSON and not JSONB: only JSON keeps U+0000, which names inside hostile files may hold
Document = JSON(none_as_null=True)
# SQLite numbers rows by itself only in a column that is declared INTEGER
Serial = BigInteger().with_variant(Integer(), "sqlite")

shares = Table(
    "shares",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("head", Integer),
    Column("latest", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("head IS NULL OR head <= latest", name="head_exists"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("filename", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("original", String, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("options", Document, nullable=False),
    Column("progress", Document),
    Column("failure", Document),
    Column("report", Document),
    CheckConstraint("state IN ('processing', 'ready', 'failed')", name="state_known"),
    CheckConstraint("number > 0", name="number_positive"),
)

sheets = Table(
    "sheets",
    metadata,
    Column("share_id", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("index", Integer, primary_key=True, autoincrement=False),
    Column("name", Document, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("columns", Document, nullable=False),
    Column("data", String, nullable=False, index=True),
    Column("written", String, index=True),
    ForeignKeyConstraint(
        ["share_id", "revision"], ["revisions.share_id", "revisions.number"], ondelete="CASCADE"
    ),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("share_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("owner", String),
    # when it may be claimed: the end of the lease, or of the pause after a failed try;
    # milliseconds by the database's clock
    Column("free_at", BigInteger, nullable=False),
    UniqueConstraint("share_id", "revision"),
    ForeignKeyConstraint(
        ["share_id", "revision"], ["revisions.share_id", "revisions.number"], ondelete="CASCADE"
    ),
    # an id is never given twice: a late owner must not be taken for the owner of a newer job
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("nonce", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

session_shares = Table(
    "session_shares",
    metadata,
    Column("session_id", ForeignKey("browser_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("granted_at", Moment, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("revision", Integer),
    Column("token_id", String),
    Column("created_at", Moment, nullable=False, index=True),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String, primary_key=True),
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), nullable=False, index=True),
    # the blob the bytes go to, until the upload is over: finished as a revision, or ended
    Column("blob_id", String, index=True),
    Column("revision", Integer),
    Column("size", BigInteger, nullable=False),
    Column("filename", Text, nullable=False),
    Column("options", Document, nullable=False),
    # what the client said, letter by letter
    Column("described", Text, nullable=False),
    # with what right it was begun; the right is asked for again when it is finished
    Column("token_id", String),
    Column("session_id", String),
    Column("expected_version", BigInteger),
    Column("scope", String),
    Column("key", String),
    Column("fingerprint", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    UniqueConstraint("scope", "key"),
    CheckConstraint("revision IS NULL OR blob_id IS NULL", name="over_or_not"),
)

presenters = Table(
    "presenters",
    metadata,
    Column("share_id", ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True),
    # grows with every move: what the ETag is made of
    Column("number", BigInteger, nullable=False),
    Column("position", Document, nullable=False),
    # milliseconds by the database's clock
    Column("expires_at", BigInteger, nullable=False),
)

# What was committed last, for the other processes on an SQLite file; PostgreSQL tells it by itself.
changes = Table(
    "changes",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("payload", String, nullable=False),
    # numbers follow each other without a gap, or a reader could not tell that it has missed some
    sqlite_autoincrement=True,
)

viewing_nodes = Table(
    "viewing_nodes",
    metadata,
    Column("id", String, primary_key=True),
    # milliseconds by the database's clock
    Column("expires_at", BigInteger, nullable=False),
)

viewers = Table(
    "viewers",
    metadata,
    Column("node_id", ForeignKey("viewing_nodes.id", ondelete="CASCADE"), primary_key=True),
    # not a key of shares: a share may go while it is looked at
    Column("share_id", String, primary_key=True, index=True),
    Column("viewers", Integer, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

blobs = Table(
    "blobs",
    blobs_metadata,
    Column("id", String, primary_key=True),
    # both unknown until the last byte is here: such a blob cannot be read
    Column("size", BigInteger),
    Column("digest", String),
    Column("touched_at", Moment, nullable=False),
    CheckConstraint("(size IS NULL) = (digest IS NULL)", name="complete_or_not"),
)

segments = Table(
    "segments",
    blobs_metadata,
    Column("blob_id", ForeignKey("blobs.id"), primary_key=True),
    # where its bytes begin in the blob, and how many they are once decompressed
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("length", Integer, nullable=False),
    Column("compressed", BooleanType, nullable=False),
    # last, so that SQLite finds the others without walking through it; on PostgreSQL a migration
    # sets STORAGE EXTERNAL, for compressing again what is compressed is wasted work
    Column("data", LargeBinary, nullable=False),
)
