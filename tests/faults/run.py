"""One fault, over and over under load, and what was found in the end."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from tests.faults.damage import Fault
from tests.faults.installation import Installation
from tests.faults.load import PATIENCE_SECONDS, Load, StalledError
from tests.faults.reconcile import Differences, Holdings, compare, count_led_on, read_holdings

ASKED_AGAIN = 50
"""Contacts that are sent once more in the end, to be answered with the same bytes."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    cycles: int
    contacts: int
    """Told after each damage before the next."""
    rate: float
    """Contacts a second."""
    outstanding: int = 256
    """No more contacts than these wait for an answer at once; the others are held back."""
    seed: int = 0
    """Of the moments at which damage is done."""
    ends_at: float = float("inf")
    """Of the monotonic clock: no cycle begins after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one fault."""

    fault: str
    database: str
    cycles: int
    acknowledged: int
    degraded: int
    """Of these, while the database was away."""
    refused: dict[str, int]
    """By the code of the problem."""
    failed: dict[int, int]
    """By status."""
    retried: int
    held_back: int
    unanswered: int
    """Contacts that were never told anything."""
    dispatched: int
    """Acknowledged contacts whose errand was to be delivered."""
    led_on: dict[str, int]
    """Of these, the ones who were led to another rung, by why the first could not serve."""
    longest_stall_seconds: float
    stalled: str | None
    """What did not come back."""
    differences: Differences

    @property
    def is_sound(self) -> bool:
        """Whether all that was promised was kept."""
        return not (self.differences or self.unanswered or self.failed or self.stalled) and self.acknowledged > 0

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_sound": self.is_sound}


async def run_fault(fault: Fault, installation: Installation, plan: Plan, tell: Callable[[int, int], None]) -> Finding:
    """`tell` hears after every cycle how many there were, and how many contacts have been told."""
    name = f"{fault.name}-{uuid4().hex[:8]}"
    load = Load(installation.ports, rate=plan.rate, name=name, most_outstanding=plan.outstanding)
    draw = random.Random(f"{fault.name} {plan.seed}")  # noqa: S311  (a moment, not a secret)
    cycles, stalled = 0, None
    async with contextlib.aclosing(load):
        try:
            async with load.sending():
                await load.flow(plan.contacts)
                while cycles < plan.cycles and time.monotonic() < plan.ends_at:
                    await asyncio.sleep(draw.random() / 2)
                    await fault.damage(installation, load, cycles)
                    await load.flow(plan.contacts)
                    cycles += 1
                    tell(cycles, len(load.told))
        except StalledError as error:
            stalled = str(error)
        unanswered = await load.settle()
        differences, holdings = await reconcile(load, installation)
    return Finding(
        fault=fault.name,
        database="sqlite" if installation.postgresql is None else "postgresql",
        cycles=cycles,
        acknowledged=len(load.told),
        degraded=load.degraded,
        refused=dict(load.refused),
        failed=dict(load.failed),
        retried=load.retried,
        held_back=load.held_back,
        unanswered=unanswered,
        dispatched=sum(told.is_called_for for told in load.told),
        led_on=dict(count_led_on(load.told, holdings)),
        longest_stall_seconds=load.longest_stall_seconds,
        stalled=stalled,
        differences=differences,
    )


async def reconcile(load: Load, installation: Installation) -> tuple[Differences, Holdings]:
    """Once nothing is on its way any more, or was for so long that it never will arrive."""
    pause, until = SHORTEST_PAUSE_SECONDS, time.monotonic() + PATIENCE_SECONDS
    while True:
        holdings = await asyncio.to_thread(read_holdings, installation.database_url)
        receipts = installation.fulfilment.receipts()
        differences = compare(load.told, holdings, receipts, installation.identity)
        if not differences or time.monotonic() > until:
            break
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    sample = random.Random(load.name).sample(load.told, min(ASKED_AGAIN, len(load.told)))  # noqa: S311  (no secret)
    return differences.with_changed(await load.ask_again(sample)), holdings
