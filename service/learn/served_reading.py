"""Rows of a file read by the one reader, as the service would answer them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from service.domain.understanding import Speaker, Understanding
from service.learn.encoders.prepared import Progress
from service.pipeline.incoming import RawTurn
from service.pipeline.reader import ContactReader
from service.redact.chain import Redactor
from service.understand.cascade import Cascade, ServedCascade
from service.understand.executor import BoundedExecutor, usable_cores
from service.understand.intents import IntentTable

AT_ONCE = 16
"""Rows that are read at the same time."""

Turns = Sequence[tuple[Speaker, str]]
"""The turns of one row. A row with a text is one turn of the customer's."""


def read_all(
    cascade: Cascade, rows: Sequence[Turns], intents: IntentTable, progress: Progress, *, explain: bool = False
) -> list[Understanding]:
    """Read rows in order, in an event loop of their own."""
    return asyncio.run(_read_all(cascade, rows, intents, progress, explain=explain))


async def _read_all(
    cascade: Cascade, rows: Sequence[Turns], intents: IntentTable, progress: Progress, *, explain: bool
) -> list[Understanding]:
    executor = BoundedExecutor(threads=usable_cores(), capacity=1_000_000)
    reader = ContactReader(redactor=Redactor(), classifier=ServedCascade(cascade, executor), catalogue=intents)
    room, done = asyncio.Semaphore(AT_ONCE), 0

    async def read(row: Turns) -> Understanding:
        nonlocal done
        async with room:
            found = await reader.read([RawTurn.of(speaker, text) for speaker, text in row], explain=explain)
        done += 1
        progress("read the rows", done / len(rows))
        return found

    try:
        return await asyncio.gather(*(read(row) for row in rows))
    finally:
        executor.close()


def intents_for(cascade: Cascade, known: IntentTable | None) -> IntentTable:
    """The table of the catalogue in use, if the bundle fits it, otherwise one of the bundle's labels."""
    labels = frozenset(cascade.labels)
    if known is not None and labels.issuperset(known.titles):
        return known
    return IntentTable.of_labels(cascade.labels, urgent=frozenset(), person=None)
