"""Count who looks: of each process how many follow which share, for as long as it lives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "viewing_nodes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing_nodes")),
    )
    op.create_table(
        "viewers",
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("share_id", sa.String(), nullable=False),
        sa.Column("viewers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["viewing_nodes.id"],
            name=op.f("fk_viewers_node_id_viewing_nodes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", "share_id", name=op.f("pk_viewers")),
    )
    op.create_index(op.f("ix_viewers_share_id"), "viewers", ["share_id"])


def downgrade() -> None:
    op.drop_table("viewers")
    op.drop_table("viewing_nodes")
