"""What is no errand, what says nothing of one yet, and errands in strange clothes, over the starter bundle.

The rows are held out: the starter learns nothing from them, nor from the banks, since it brings rows enough of its own.
Out of scope and without a goal count as right by their status, errands by not being turned away. The floors stand a
little below what was measured; the table is shown when one of them is not reached, and with `-s`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.catalogue.loader import load_catalogue, starter_folder
from service.domain.understanding import Speaker, Status
from service.pipeline.incoming import RawTurn
from service.pipeline.reader import ContactReader
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle
from service.understand.cascade import ServedCascade
from service.understand.executor import BoundedExecutor

DATA = Path(__file__).parent.parent / "data" / "scope_kinds.jsonl"
RIGHT = {
    "out_of_scope": {Status.OUT_OF_SCOPE},
    "no_goal_yet": {Status.NO_GOAL_YET},
    "in_scope": {Status.UNDERSTOOD, Status.AMBIGUOUS},
}
FLOORS = {
    "gibberish": 0.85,
    "other_language": 0.9,
    "prompt_injection": 0.55,
    "pasted_log": 0.9,
    "chit_chat": 0.85,
    "other_business": 0.6,
    "greeting": 0.9,
    "bare_answer": 0.75,
    "in_scope": 0.8,
}
MOST_ROUTED = 0.03
"""Share of what is no errand that may be routed like one."""


async def test_each_kind_is_told_apart(starter_bundle: Path) -> None:
    """Nothing of what no desk can serve is sent to one, and hardly an errand is turned away."""
    counts = await statuses(starter_bundle)
    expected = {row["kind"]: row["expected"] for row in rows()}
    right = {kind: sum(own[status] for status in RIGHT[expected[kind]]) / own.total() for kind, own in counts.items()}
    strange = [own for kind, own in counts.items() if expected[kind] != "in_scope"]
    Console(width=120).print(table(counts, right))

    assert not {kind: share for kind, share in right.items() if share < FLOORS[kind]}
    assert sum(own[Status.UNDERSTOOD] for own in strange) <= MOST_ROUTED * sum(own.total() for own in strange)


def rows() -> list[dict[str, str]]:
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").split("\n") if line]


async def statuses(bundle: Path) -> dict[str, Counter[Status]]:
    """What the rows of each kind come to."""
    executor = BoundedExecutor(threads=1, capacity=16)
    classifier = ServedCascade(load_bundle(bundle), executor)
    reader = ContactReader(redactor=Redactor(), classifier=classifier, catalogue=load_catalogue(starter_folder()))
    counts: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for row in rows():
        understanding = await reader.read([RawTurn(speaker=Speaker.CUSTOMER, raw_text=row["text"])])
        counts[row["kind"]][understanding.verdict.status] += 1
    executor.close()
    return dict(counts)


def table(counts: dict[str, Counter[Status]], right: dict[str, float]) -> Table:
    shown = Table("kind", "rows", "right", "floor", *Status)
    for kind, own in counts.items():
        figures = (own.total(), f"{right[kind]:.2f}", FLOORS[kind], *(own[status] for status in Status))
        shown.add_row(kind, *map(str, figures))
    return shown
