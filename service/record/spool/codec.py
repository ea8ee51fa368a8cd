"""A decision as it lies in the spool: everything that is committed with it, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from service.domain.recording import DecisionWrite
from service.record.spool.spool_file import list_files, read_payloads


def encoded(write: DecisionWrite) -> bytes:
    """UTF-8 JSON."""
    return _form().dump_json(write)


def find_decoded(payload: bytes) -> DecisionWrite | None:
    """`None` if a version wrote it that had other fields."""
    try:
        return _form().validate_json(payload)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledReport:
    """A spooled decision as an operator sees it: nothing of the customer's."""

    decision_id: str
    decided_at: datetime
    goal: str | None
    path: str
    bytes: int
    file: str


def list_spooled(folder: Path) -> Iterator[SpooledReport]:
    """Oldest first, whoever owns it."""
    for path in list_files(folder):
        for payload in read_payloads(path):
            if (write := find_decoded(payload)) is not None:
                yield SpooledReport(
                    decision_id=write.decision.decision_id,
                    decided_at=write.decision.decided_at,
                    goal=write.decision.goal,
                    path=write.decision.path,
                    bytes=len(payload),
                    file=path.name,
                )


def degraded(write: DecisionWrite) -> DecisionWrite:
    """The same, saying of itself that the database was away; the answer that is kept is the one that is given."""
    return replace(
        write,
        decision=replace(write.decision, degraded=True, answer={**write.decision.answer, "degraded": True}),
        answer=orjson.dumps({**orjson.loads(write.answer), "degraded": True}),
    )


@cache
def _form() -> TypeAdapter[DecisionWrite]:
    return TypeAdapter(DecisionWrite)
