"""One row for each decision with a reported outcome."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class OutcomeRecord(Record, table=True):
    __tablename__: ClassVar[str] = "outcomes"

    decision_id: str = Field(sa_column=Column(Text, primary_key=True))
    result: str = Field(sa_column=Column(Text, nullable=False))
    reported_by: str | None = Field(default=None, sa_column=Column(Text))
    transfers: int | None = Field(default=None, sa_column=Column(Integer))
    customer_effort_score: int | None = Field(default=None, sa_column=Column(Integer))
    actual_intent: str | None = Field(default=None, sa_column=Column(Text))
    reported_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
