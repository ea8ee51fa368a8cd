"""One row for each contact that was given an id: its number of applied turns, and the time until it is forgotten."""

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
    """Counts every change. A write based on an older revision is refused."""
    turns: int = Field(sa_column=Column(Integer, nullable=False))
    """Turns that have been applied."""
    asked: bool = Field(sa_column=Column(Boolean, nullable=False))
    """True if the one clarifying question was put, and the goal is still unclear."""
    question: str | None = Field(default=None, sa_column=Column(Text))
    """JSON of the question that waits for its answer: its kind, and the intents that it offers."""
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
