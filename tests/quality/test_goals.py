"""Letters, transcripts and conversations of several goals, corrections and much besides, over the starter bundle.

The floor only catches a collapse; run with `-s` to see which were not understood as their authors meant them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service.catalogue.loader import load_catalogue, starter_folder
from service.domain.understanding import Speaker
from service.pipeline.incoming import RawTurn
from service.pipeline.reader import ContactReader
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle
from service.understand.cascade import ServedCascade
from service.understand.executor import BoundedExecutor

DATA = Path(__file__).parent.parent / "data" / "goals.jsonl"
FLOOR = 0.8
LONG_EMAIL_WORDS = 800


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]


def turns_of(row: dict[str, Any]) -> list[RawTurn]:
    turns = row.get("turns") or [{"speaker": "customer", "text": row["text"]}]
    return [RawTurn(speaker=Speaker(turn["speaker"]), raw_text=turn["text"]) for turn in turns]


async def test_goals_are_found_where_they_stand(starter_bundle: Path) -> None:
    """All goals of a contact in their order, and for the first one its place."""
    executor = BoundedExecutor(threads=1, capacity=16)
    classifier = ServedCascade(load_bundle(starter_bundle), executor)
    reader = ContactReader(redactor=Redactor(), classifier=classifier, catalogue=load_catalogue(starter_folder()))
    understood, long_email_found = 0, False
    for row in rows():
        turns = turns_of(row)
        goals = (await reader.read(turns)).verdict.goals
        places = [turns[e.turn].raw_text[e.start : e.end] for goal in goals[:1] for e in goal.evidence]
        is_right = [goal.intent for goal in goals] == row["goals"]
        is_found = is_right and ("where" not in row or any(row["where"] in place for place in places))
        understood += is_found
        long_email_found |= is_found and len(turns[0].raw_text.split()) >= LONG_EMAIL_WORDS
        if not is_found:
            print(f"{row['kind']}: meant {row['goals']}, found {[goal.intent for goal in goals]}")  # noqa: T201
    executor.close()
    print(f"{understood} of {len(rows())} understood")  # noqa: T201

    assert understood >= FLOOR * len(rows())
    assert long_email_found
