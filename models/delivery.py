"""One row for each errand on its way to an http rung. The customer's data in it goes when the delivery ends."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Index, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class DeliveryRecord(Record, table=True):
    __tablename__: ClassVar[str] = "deliveries"
    __table_args__ = (Index(None, "state", "due_at"),)

    delivery_id: str = Field(sa_column=Column(Text, primary_key=True))
    decision_id: str = Field(sa_column=Column(Text, nullable=False, index=True))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    """Number of the delivery's step."""
    contact_key: str = Field(sa_column=Column(Text, nullable=False))
    goal: str | None = Field(default=None, sa_column=Column(Text))
    path: str = Field(sa_column=Column(Text, nullable=False))
    rung: int = Field(sa_column=Column(Integer, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    """Name of the rung, by which the rung is found after a change of the catalogue."""
    channel: str | None = Field(default=None, sa_column=Column(Text))
    payload: str | None = Field(default=None, sa_column=Column(Text))
    """JSON `{details, learned}`, or `None` once the delivery has ended."""
    state: str = Field(sa_column=Column(Text, nullable=False))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    """Fencing token: counts the leases."""
    calls: int = Field(sa_column=Column(Integer, nullable=False))
    """Calls known to have been made."""
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    leased_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    outcome: str | None = Field(default=None, sa_column=Column(Text))
    """Outcome of the last attempt."""
    began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
