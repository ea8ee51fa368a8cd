"""One row for each contact that was given an id: how many turns were applied, and until when it is held."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Boolean, Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class ContactRecord(Record, table=True):
    __tablename__: ClassVar[str] = "contacts"

    contact_key: str = Field(sa_column=Column(Text, primary_key=True))
    """Keyed hash of the caller's contact id."""
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    """Counts every change: who has read an older one writes nothing."""
    turns: int = Field(sa_column=Column(Integer, nullable=False))
    """Turns that have been applied."""
    asked: bool = Field(sa_column=Column(Boolean, nullable=False))
    """Whether the one clarifying question was put."""
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
