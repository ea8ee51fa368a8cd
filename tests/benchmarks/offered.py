"""What is offered with an open loop, and what came of it, by kind of request; the generator is `open_load`."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from tests.benchmarks.figure import percentile
from tests.benchmarks.server import ROOT, ServerError

OK = 200
REFUSALS = frozenset({429, 503})
"""Statuses of those who may come again later."""
RETRY_AFTER = re.compile(rb"\r\nretry-after: *\S", re.IGNORECASE)
DEGRADED = b'"degraded":true'
MOST_CONNECTIONS = 4_000
COMMAND = (sys.executable, "-m", "tests.benchmarks.open_load")
SPARE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoadOrder:
    """What to offer where, how often, for how long."""

    port: int
    texts: str
    """File of texts."""
    shares: Mapping[str, float]
    """By kind of request; see `mix`."""
    rate: float
    """Requests a second, on average."""
    seconds: float
    warm_up_seconds: float = 1.0
    """Offered before the seconds that count."""
    deadline_seconds: float = 1.0
    """Within which an answer is of use."""
    returning: float = 0.0
    """Share of routed turns that come from a contact which was here before."""
    most_connections: int = MOST_CONNECTIONS
    tells_contacts: bool = False
    """Whether every routed contact is told of, those of the warm-up too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFigures:
    """What one kind of request came to. Times are in milliseconds from when it was due; NaN where there were none."""

    offered: int
    offered_per_second: float
    goodput: float
    """Answers with status 200 within the deadline, a second."""
    full_goodput: float
    """The same without the degraded ones."""
    degraded_share: float
    """Of the answers with status 200, those that were made with less than all there is."""
    statuses: Mapping[str, int]
    """By status, or by what went wrong with the connection."""
    without_retry_after: int
    """Refusals that do not say when to come again."""
    p50_ms: float
    p99_ms: float
    """Of the answers with status 200, late ones too."""
    refused_p50_ms: float
    refused_p99_ms: float

    @property
    def refusals(self) -> dict[str, int]:
        return {status: count for status, count in self.statuses.items() if status in map(str, REFUSALS)}

    @property
    def failures(self) -> dict[str, int]:
        """What is neither an answer nor a refusal."""
        return {how: count for how, count in self.statuses.items() if how != str(OK) and how not in self.refusals}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedContact:
    decision_id: str
    path: str
    at: float
    """When it was due, by the clock of the machine (`time.perf_counter`)."""
    seconds: float
    """Until its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """One order, carried out."""

    kinds: Mapping[str, OpenFigures]
    late_p99_ms: float
    """How late the generator itself came to its requests; it is counted as the server's latency."""
    generator_busy: float
    """Share of one core that the generator used."""
    most_connections: int
    contacts: Sequence[RoutedContact] = ()


@dataclass(slots=True, kw_only=True)
class KindTally:
    """Counts the answers to one kind of request."""

    deadline_seconds: float
    offered: int = 0
    good: int = 0
    full: int = 0
    """Good, and not degraded."""
    degraded: int = 0
    without_retry_after: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """By status but 200, or by what went wrong."""
    accepted: array[float] = field(default_factory=lambda: array("d"))
    refused: array[float] = field(default_factory=lambda: array("d"))

    def answered(self, seconds: float, status: int, head: bytes, body: bytes) -> None:
        """`seconds` are those since the request was due."""
        if status == OK:
            self.accepted.append(seconds)
            is_good, is_degraded = seconds <= self.deadline_seconds, DEGRADED in body
            self.good += is_good
            self.full += is_good and not is_degraded
            self.degraded += is_degraded
            return
        self.errors[str(status)] += 1
        if status in REFUSALS:
            self.refused.append(seconds)
            self.without_retry_after += RETRY_AFTER.search(head) is None

    def figures(self, seconds: float) -> OpenFigures:
        """Of the seconds that counted."""
        accepted, refused = sorted(self.accepted), sorted(self.refused)
        statuses = Counter(self.errors)
        if accepted:
            statuses[str(OK)] = len(accepted)
        if unanswered := self.offered - statuses.total():
            statuses["no answer"] = unanswered
        return OpenFigures(
            offered=self.offered,
            offered_per_second=self.offered / seconds,
            goodput=self.good / seconds,
            full_goodput=self.full / seconds,
            degraded_share=self.degraded / len(accepted) if accepted else 0.0,
            statuses=dict(statuses),
            without_retry_after=self.without_retry_after,
            p50_ms=percentile(accepted, 0.50) * 1000,
            p99_ms=percentile(accepted, 0.99) * 1000,
            refused_p50_ms=percentile(refused, 0.50) * 1000,
            refused_p99_ms=percentile(refused, 0.99) * 1000,
        )


class Offering:
    """A generator at work."""

    def __init__(self, process: subprocess.Popen[bytes], wrote: IO[bytes], complained: IO[bytes]) -> None:
        self._process = process
        self._wrote = wrote
        self._complained = complained

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def result(self, within_seconds: float) -> OpenRun:
        """What it came to, waited for. Raises ServerError with what it said if it fails."""
        if self._process.wait(within_seconds):
            raise ServerError(f"The load generator failed.\n{_contents(self._complained).decode()}")
        return read_run(json.loads(_contents(self._wrote)))


@contextlib.contextmanager
def offering(order: OpenLoadOrder) -> Iterator[Offering]:
    """Let a generator carry the order out meanwhile; leaving the context ends it."""
    with tempfile.TemporaryFile() as wrote, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=wrote, stderr=complained)
        try:
            assert process.stdin is not None
            with process.stdin as orders:
                orders.write(json.dumps(asdict(order)).encode())
            yield Offering(process, wrote, complained)
        finally:
            process.kill()
            process.wait()


def offer(order: OpenLoadOrder) -> OpenRun:
    """Carry the order out to its end. Raises ServerError."""
    with offering(order) as begun:
        return begun.result(order.warm_up_seconds + order.seconds + SPARE_SECONDS)


def _contents(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def read_run(told: Mapping[str, Any]) -> OpenRun:
    """What the generator wrote."""
    return OpenRun(
        **{
            **told,
            "kinds": {kind: OpenFigures(**figures) for kind, figures in told["kinds"].items()},
            "contacts": [RoutedContact(**contact) for contact in told["contacts"]],
        }
    )
