"""Codec of the spool: a spooled decision holds exactly the parts that are committed with the decision."""

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
    """Encode a decision as UTF-8 JSON."""
    return _form().dump_json(write)


def find_decoded(payload: bytes) -> DecisionWrite | None:
    """Decode a spooled decision. Return `None` if a version with other fields wrote it."""
    try:
        return _form().validate_json(payload)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpooledReport:
    """A spooled decision as an operator sees it, without the customer's data."""

    decision_id: str
    decided_at: datetime
    goal: str | None
    path: str
    bytes: int
    file: str


def list_spooled(folder: Path) -> Iterator[SpooledReport]:
    """List the spooled decisions of all processes, oldest first."""
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
    """Mark a decision as made while the database was away. The kept answer equals the answer that is sent."""
    return replace(
        write,
        decision=replace(write.decision, degraded=True, answer={**write.decision.answer, "degraded": True}),
        answer=orjson.dumps({**orjson.loads(write.answer), "degraded": True}),
    )


@cache
def _form() -> TypeAdapter[DecisionWrite]:
    return TypeAdapter(DecisionWrite)
