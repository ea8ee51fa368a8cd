"""One row for each idempotency key in use: the decision that it led to, and the bytes that were sent."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, LargeBinary, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class IdempotencyRecord(Record, table=True):
    __tablename__: ClassVar[str] = "idempotency_keys"

    key_hash: str = Field(sa_column=Column(Text, primary_key=True))
    """Keyed hash of the caller's key."""
    body_hash: str = Field(sa_column=Column(Text, nullable=False))
    """Keyed hash of the request body, which tells a repeat from another request under the same key."""
    decision_id: str = Field(sa_column=Column(Text, nullable=False))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Answer exactly as sent."""
    status_code: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    """Time from which the key counts as unused."""
