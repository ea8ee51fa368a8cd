"""Key that hashes repeat references today. With its row goes every link to yesterday's contacts."""

from __future__ import annotations

import datetime
from typing import ClassVar

from sqlalchemy import Column, Date, LargeBinary
from sqlmodel import Field

from models.base import Record


class DailyKeyRecord(Record, table=True):
    __tablename__: ClassVar[str] = "daily_keys"

    day: datetime.date = Field(sa_column=Column(Date, primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
