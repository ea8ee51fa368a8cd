"""One row for each piece of customer effort: a transfer, a question, a wait. The link to its contact can be erased."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Double, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class EventRecord(Record, table=True):
    __tablename__: ClassVar[str] = "events"

    event_id: str = Field(sa_column=Column(Text, primary_key=True))
    contact_key: str | None = Field(default=None, sa_column=Column(Text, index=True))
    decision_id: str | None = Field(default=None, sa_column=Column(Text, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    cause: str | None = Field(default=None, sa_column=Column(Text))
    intent: str | None = Field(default=None, sa_column=Column(Text))
    path: str | None = Field(default=None, sa_column=Column(Text))
    entry_point: str | None = Field(default=None, sa_column=Column(Text))
    bundle: str = Field(sa_column=Column(Text, nullable=False))
    catalogue: str = Field(sa_column=Column(Text, nullable=False))
    amount: float = Field(sa_column=Column(Double, nullable=False))
    """Number of times, or seconds of waiting."""
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
