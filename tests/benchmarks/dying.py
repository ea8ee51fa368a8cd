"""A system that dies, as the service that calls it shows it: calls, breaker, probes; and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

from service.catalogue.loader import starter_folder
from service.domain.delivery import DeliveryOutcome
from service.fulfil.breaker import BreakerPolicy
from tests.benchmarks.bar import Bar
from tests.benchmarks.exposition import Samples

HEALTHY_PATH, OTHER_PATH = "track_order", "cancel_booking"
OTHER_RUNG = f"{OTHER_PATH}-call"
FAILED = (DeliveryOutcome.CONNECT, DeliveryOutcome.CUT, DeliveryOutcome.TIMEOUT)
"""How calls to a dead system end, and none to a healthy one."""
MOST_CALLS = 10
MOST_EXTRA = 0.20
MOST_RATIO = 1.25
"""Of two p99s that count as unchanged: on a shared machine they are no steadier, as the second healthy phase shows."""


class Condition(StrEnum):
    """Of the other system."""

    HEALTHY = "healthy"
    DEAD = "dead (refuses connections)"
    BLACK_HOLE = "a black hole (never answers)"
    HEALTHY_AGAIN = "healthy, once more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Of the other system, as `/metrics` tells it."""

    at: float
    calls: float
    """That have failed so far."""
    is_open: bool
    """Its breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Calls to a system that had died."""

    until_open: int
    """Before its breaker opened, those that were on their way then included."""
    opened_at: float
    opened_after_seconds: float
    probes: int
    """Afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One condition of the other system, and the healthy path meanwhile."""

    condition: Condition
    contacts: int
    never_called: int
    """Contacts of the healthy path whose system was not called."""
    made: Made | None
    """`None` where the breaker never opened."""
    cool_downs: int
    """That were over."""
    probed_cool_downs: int
    """Of these, the ones that were over so long ago that their probe has failed."""
    extra_share: float
    """Calls from retries to the other system, of contacts that came for it."""
    answered_p50_ms: float
    answered_p99_ms: float
    called_p50_ms: float
    """From when a contact was due until its system was called."""
    called_p99_ms: float


def write_catalogue(folder: Path, urls: Mapping[str, str], *, timeout_seconds: float) -> Path:
    """The starter catalogue, with a call and a promise below it as the only rungs of these paths."""
    copytree(starter_folder(), folder)
    for file in folder.glob("*.yaml"):
        contents = yaml.safe_load(file.read_text(encoding="utf-8"))
        changed = contents.get("paths", {}).keys() & urls.keys()
        for path in changed:
            contents["paths"][path] = {"rungs": _rungs(path, urls[path], timeout_seconds)}
        if changed:
            file.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder


def _rungs(path: str, url: str, timeout_seconds: float) -> list[dict[str, Any]]:
    return [
        {"kind": "http", "name": f"{path}-call", "url": url, "timeout_seconds": timeout_seconds},
        {"kind": "email", "name": f"{path}-promise", "within": "P1D", "say": "We write to you within a day."},
    ]


def watched(samples: Samples, *, at: float) -> Observation:
    """What `/metrics` tells of the other system; that one alone ever has an open breaker."""
    calls = sum(
        samples.get(f'errand_delivery_attempts_total{{outcome="{outcome.value}",rung="{OTHER_RUNG}"}}', 0.0)
        for outcome in FAILED
    )
    is_open = any(value > 0 for series, value in samples.items() if series.startswith("errand_breaker_open{"))
    return Observation(at=at, calls=calls, is_open=is_open)


def calls_made(observed: Sequence[Observation], died_at: float, *, cool_down_seconds: float) -> Made | None:
    """What was called after the death; `None` where no breaker opened.

    A call shows when it has failed, so that those before the opening are counted just before the first cool-down is
    over: until then none is made. Timeouts of calls have to be shorter than that.
    """
    opened_at = next((each.at for each in observed if each.is_open), None)
    if opened_at is None:
        return None
    until_probe = max(each.calls for each in observed if each.at <= opened_at + 0.9 * cool_down_seconds)
    return Made(
        until_open=round(until_probe),
        opened_at=opened_at,
        opened_after_seconds=opened_at - died_at,
        probes=round(observed[-1].calls - until_probe),
    )


def cool_downs_over(opened_at: float, until: float, policy: BreakerPolicy, *, probe_seconds: float) -> int:
    """How many cool-downs ended by then, where each probe fails after `probe_seconds`."""
    count, over_at, cool_down = 0, opened_at + policy.cool_down_seconds, policy.cool_down_seconds
    while over_at <= until:
        count += 1
        cool_down = min(2 * cool_down, policy.longest_cool_down_seconds)
        over_at += probe_seconds + cool_down
    return count


def judged(phases: Sequence[Phase]) -> list[Bar]:
    """The bars of both kinds of death, beside the first healthy phase."""
    healthy = phases[0]
    dead = [phase for phase in phases if phase.condition in {Condition.DEAD, Condition.BLACK_HOLE}]
    return [bar for phase in dead for bar in (*_judged_breaker(phase), *_judged_other(phase, healthy))]


def _judged_breaker(phase: Phase) -> list[Bar]:
    made, name = phase.made, phase.condition.value
    return [
        Bar(
            name=f"{name}: calls until its breaker opens",
            measured="it never opened" if made is None else str(made.until_open),
            to_reach=f"≤ {MOST_CALLS}",
            reached=made is not None and made.until_open <= MOST_CALLS,
        ),
        Bar(
            name=f"{name}: probes",
            measured="-" if made is None else f"{made.probes} in {phase.cool_downs} cool-downs",
            to_reach="1 a cool-down",
            reached=made is not None and phase.probed_cool_downs <= made.probes <= phase.cool_downs,
        ),
        Bar(
            name=f"{name}: extra calls from retries",
            measured=f"{phase.extra_share:.1%} of contacts",
            to_reach=f"≤ {MOST_EXTRA:.0%}",
            reached=phase.extra_share <= MOST_EXTRA,
        ),
    ]


def _judged_other(phase: Phase, healthy: Phase) -> list[Bar]:
    name = phase.condition.value
    ratios = {
        "p99 of the healthy path's answers": phase.answered_p99_ms / healthy.answered_p99_ms,
        "p99 until its system is called": phase.called_p99_ms / healthy.called_p99_ms,
    }
    return [
        Bar(
            name=f"{name}: {what}",
            measured=f"{ratio:.2f} of healthy",
            to_reach=f"unchanged (≤ {MOST_RATIO:g})",
            reached=ratio <= MOST_RATIO and not phase.never_called,
        )
        for what, ratio in ratios.items()
    ]
