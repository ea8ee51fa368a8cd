"""One row for each promise of a callback or an e-mail. Its contact detail is sealed, and goes when the promise ends."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Index, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class PromiseRecord(Record, table=True):
    __tablename__: ClassVar[str] = "promises"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "due_at", "promise_id"))

    promise_id: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    decision_id: str = Field(sa_column=Column(Text, nullable=False, index=True))
    contact_key: str = Field(sa_column=Column(Text, nullable=False, index=True))
    goal: str | None = Field(default=None, sa_column=Column(Text))
    desk: str = Field(sa_column=Column(Text, nullable=False))
    """Name of the queue whose people keep the promise, or of the rung."""
    path: str = Field(sa_column=Column(Text, nullable=False))
    rung: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    held_by: str | None = Field(default=None, sa_column=Column(Text))
    claimed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    sealed: str | None = Field(default=None, sa_column=Column(Text))
    """Contact detail, encrypted. `None` once destroyed."""
    wrapped_key: str | None = Field(default=None, sa_column=Column(Text))
    """Key of the detail, encrypted under the installation's secret. `None` once destroyed."""
    detail_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    """`None` if there is no detail."""
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
