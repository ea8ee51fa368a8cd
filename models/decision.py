"""One row for each routed contact: the decision, without the customer's own words."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Boolean, Column, Double, Integer, Text, false
from sqlmodel import Field

from models.base import Record, UtcDateTime


class DecisionRecord(Record, table=True):
    __tablename__: ClassVar[str] = "decisions"

    decision_id: str = Field(sa_column=Column(Text, primary_key=True))
    contact_key: str = Field(sa_column=Column(Text, nullable=False, index=True))
    """Keyed hash of the caller's contact id. Rows hold only the hash."""
    repeat_key: str | None = Field(default=None, sa_column=Column(Text, index=True))
    """Keyed hash of the caller's repeat reference, under a key that is destroyed the next day."""
    channel: str | None = Field(default=None, sa_column=Column(Text))
    entry_point: str | None = Field(default=None, sa_column=Column(Text))
    status: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    goal: str | None = Field(default=None, sa_column=Column(Text))
    path: str = Field(sa_column=Column(Text, nullable=False))
    rung: int = Field(sa_column=Column(Integer, nullable=False))
    confidence: float = Field(sa_column=Column(Double, nullable=False))
    wrong_door: bool = Field(sa_column=Column(Boolean, nullable=False))
    degraded: bool = Field(sa_column=Column(Boolean, nullable=False))
    is_advice: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    """True if the caller asked only for the way of a contact. Advice begins nothing and counts as zero turns."""
    bundle: str = Field(sa_column=Column(Text, nullable=False))
    catalogue: str = Field(sa_column=Column(Text, nullable=False))
    decided_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    answer: str = Field(sa_column=Column(Text, nullable=False))
    """Answer as compact JSON, without the outcome token."""
