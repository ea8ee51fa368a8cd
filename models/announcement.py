"""One row for each announcement that the broker still has to acknowledge, without any data of the customer."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class AnnouncementRecord(Record, table=True):
    __tablename__: ClassVar[str] = "announcements"

    position: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    )
    """Grows with every row. Of two rows of the same decision, the higher was committed later."""
    announcement_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    decision_id: str = Field(sa_column=Column(Text, nullable=False, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    about: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    """JSON, exactly as sent."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    leased_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
