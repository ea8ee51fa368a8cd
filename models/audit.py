"""One row for each deliberate change. Rows are added, and stay unchanged."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class AuditRecord(Record, table=True):
    __tablename__: ClassVar[str] = "audit"

    audit_id: str = Field(sa_column=Column(Text, primary_key=True))
    """Grows with time."""
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    """JSON object, free of secrets."""
