"""One row for each goal that a contact has or had."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class GoalRecord(Record, table=True):
    __tablename__: ClassVar[str] = "goals"

    contact_key: str = Field(sa_column=Column(Text, primary_key=True))
    intent: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(Integer, nullable=False))
    """Position in the order in which the contact first named its goals."""
    state: str = Field(sa_column=Column(Text, nullable=False))
    turn: int = Field(sa_column=Column(Integer, nullable=False))
    """Number of the turn that named the goal last."""
    decision_id: str | None = Field(default=None, sa_column=Column(Text))
    path: str | None = Field(default=None, sa_column=Column(Text))
    rung: int | None = Field(default=None, sa_column=Column(Integer))
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
