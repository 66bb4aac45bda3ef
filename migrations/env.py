"""The one environment of both sets of migrations; the name of its section says which."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from backend.config import Config
from backend.store import models
from backend.store.migrate import databases_for_migration

part = context.config.config_ini_section
target = {"metadata": models.metadata, "blobs": models.blobs_metadata}[part]


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """PostgreSQL keeps both sets in one schema: each looks at its own tables only."""
    return kind != "table" or name in target.tables


def rendered(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """A migration must not depend on types of the program, which go on changing."""
    if kind == "type" and isinstance(item, models.Moment):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    """Run inside the caller's transaction, so that a migration happens wholly or not at all."""
    context.configure(
        connection=connection,
        target_metadata=target,
        version_table=f"alembic_version_{part}",
        include_name=ours,
        render_item=rendered,
        compare_type=True,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with (
        databases_for_migration(Config.from_env()) as databases,
        databases[part].transaction() as session,
    ):
        migrate(session.connection())
