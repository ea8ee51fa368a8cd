"""INSERT with conflicts: the one construct that SQLAlchemy spells differently for the two databases."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

ConflictInsert = sqlite.Insert | postgresql.Insert


def insert_into(table: Table, dialect: str) -> ConflictInsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
