"""Kept texts in SQL: redacted, stored with their decisions for a while, and shown only in that time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, RowMapping, Select, select

from models import metadata
from service.domain.decision import Decision
from service.domain.kept_text import KeptText
from service.record.database.dialect import ConflictInsert, insert_into

TEXTS = metadata.tables["texts"]


def insert_texts(connection: Connection, texts: Sequence[tuple[Decision, KeptText]]) -> None:
    """Insert kept texts. A text that is there already stays as it is."""
    if texts:
        connection.execute(keep_text(connection.dialect.name), [to_row(*each) for each in texts])


def find_text(connection: Connection, decision_id: str, now: datetime) -> KeptText | None:
    """Find the kept text of a decision. It is `None` if the text is missing or expired."""
    row = connection.execute(kept_at(now).where(TEXTS.c.decision_id == decision_id)).mappings().one_or_none()
    return None if row is None else to_text(row)


def select_texts(connection: Connection, contact_key: str, now: datetime) -> Mapping[str, KeptText]:
    """Return all kept texts of a contact, by decision."""
    rows = connection.execute(kept_at(now).where(TEXTS.c.contact_key == contact_key)).mappings()
    return {row["decision_id"]: to_text(row) for row in rows}


def kept_at(now: datetime) -> Select[tuple[str, str, datetime]]:
    return select(TEXTS.c.decision_id, TEXTS.c.text, TEXTS.c.expires_at).where(TEXTS.c.expires_at > now)


@cache
def keep_text(dialect: str) -> ConflictInsert:
    return insert_into(TEXTS, dialect).on_conflict_do_nothing(index_elements=["decision_id"])


def to_row(decision: Decision, text: KeptText) -> dict[str, object]:
    return {
        "decision_id": decision.decision_id,
        "contact_key": decision.contact_key,
        "text": text.redacted,
        "expires_at": text.until,
    }


def to_text(row: RowMapping) -> KeptText:
    return KeptText(redacted=row["text"], until=row["expires_at"])
