"""The one construct that SQLAlchemy spells differently for the two databases: an INSERT that minds conflicts."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

ConflictInsert = sqlite.Insert | postgresql.Insert


def insert_into(table: Table, dialect: str) -> ConflictInsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
