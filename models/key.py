"""One row for each key that was ever made. Rows hold only a hash of the key."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class KeyRecord(Record, table=True):
    __tablename__: ClassVar[str] = "api_keys"

    key_id: str = Field(sa_column=Column(Text, primary_key=True))
    secret_hash: str = Field(sa_column=Column(Text, nullable=False))
    """Keyed hash of the whole key."""
    role: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    origins: str = Field(sa_column=Column(Text, nullable=False))
    """JSON list of the origins that may use the key. Empty if the origin is irrelevant."""
    limit_per_minute: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Time of the last use, to the minute."""
    replaced_by: str | None = Field(default=None, sa_column=Column(Text))
