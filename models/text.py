"""One row for each kept text: the customer's text, redacted, for a while, and only if the catalogue allows that."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, Text
from sqlmodel import Field

from models.base import Record, UtcDateTime


class TextRecord(Record, table=True):
    __tablename__: ClassVar[str] = "texts"

    decision_id: str = Field(sa_column=Column(Text, primary_key=True))
    contact_key: str = Field(sa_column=Column(Text, nullable=False, index=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
