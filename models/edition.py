"""One row for each edition ever published: a catalogue and a bundle that fit each other. The newest is in use."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class EditionRecord(Record, table=True):
    __tablename__: ClassVar[str] = "editions"

    edition_id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    )
    """Grows with every publication."""
    catalogue_version: str = Field(sa_column=Column(Text, nullable=False))
    catalogue: str = Field(sa_column=Column(Text, nullable=False))
    """JSON of the whole catalogue as it was written, with variables still to be filled in."""
    bundle: str = Field(sa_column=Column(Text, nullable=False))
    """Version of the bundle, which is the hash of its contents."""
    bundle_source: str = Field(sa_column=Column(Text, nullable=False))
    """Folder or URL from which the bundle can be copied."""
    seal: str = Field(sa_column=Column(Text, nullable=False))
    """Keyed hash of the columns above: its publisher knew the secret, and had the edition checked."""
    restores: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite")))
    """The older edition that a rollback published again."""
    published_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    published_by: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
