"""One row for each rung that a decision's contact was led to after a call was dispatched, including the first rung."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class StepRecord(Record, table=True):
    __tablename__: ClassVar[str] = "steps"

    decision_id: str = Field(sa_column=Column(Text, primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    rung: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    cause: str | None = Field(default=None, sa_column=Column(Text))
    learned: str = Field(sa_column=Column(Text, nullable=False))
    """JSON that the fulfilment system handed on to later rungs."""
    say: str | None = Field(default=None, sa_column=Column(Text))
    needs: str = Field(sa_column=Column(Text, nullable=False))
    """JSON list of `{field, why}` that the customer has to tell."""
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
