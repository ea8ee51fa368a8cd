"""What is measured: one kind of request to one server over so many connections."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.benchmarks.exposition import Samples, add, difference, read_samples
from tests.benchmarks.figure import Figures, median_of
from tests.benchmarks.load import LoadOrder
from tests.benchmarks.server import ROOT, Server, ServerError

WARM_UP_SECONDS = 0.5
SPARE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    title: str
    server: Server
    path: str
    connections: int
    has_metrics: bool = False
    """Whether the server tells of itself at `/metrics`."""
    is_paused: bool = False
    """Whether the server is paused, and is to go on for this case alone."""

    @property
    def name(self) -> str:
        return f"{self.title}, {self.connections} connection{'s' if self.connections > 1 else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All rounds of one case."""

    case: Case
    rounds: Sequence[Figures]
    counted: Samples
    """What the server counted meanwhile."""

    @property
    def figures(self) -> Figures:
        """The median of the rounds."""
        return median_of(self.rounds)


def measure(
    cases: Sequence[Case], *, texts: Path, seconds: float, rounds: int, tell: Callable[[Case, Figures], None]
) -> list[Measured]:
    """Measure every case in turn, round after round, so that a machine that drifts drifts for all of them."""
    known = {case.name: Measured(case=case, rounds=(), counted={}) for case in cases}
    for _ in range(rounds):
        for case in cases:
            with _awake(case):
                figures, counted = _run(case, texts=texts, seconds=seconds)
            so_far = known[case.name]
            known[case.name] = Measured(
                case=case, rounds=(*so_far.rounds, figures), counted=add(so_far.counted, counted)
            )
            tell(case, figures)
    return list(known.values())


@contextlib.contextmanager
def _awake(case: Case) -> Iterator[None]:
    if case.is_paused:
        case.server.resume()
    yield
    if case.is_paused:
        case.server.pause()


def _run(case: Case, *, texts: Path, seconds: float) -> tuple[Figures, Samples]:
    order = LoadOrder(
        port=case.server.port,
        path=case.path,
        texts=str(texts.resolve()),
        connections=case.connections,
        seconds=seconds,
        warm_up_seconds=WARM_UP_SECONDS,
    )
    before, used_before = _samples(case), case.server.cpu_seconds()
    generator = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load"],
        cwd=ROOT,
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        timeout=seconds + SPARE_SECONDS,
        check=False,
    )
    if generator.returncode:
        raise ServerError(f"The load generator failed.\n{generator.stderr}")
    used = case.server.cpu_seconds() - used_before
    figures = Figures(**json.loads(generator.stdout))
    if figures.answered:
        figures = replace(figures, cpu_ms=used / figures.answered * 1000)
    return figures, difference(before, _samples(case))


def _samples(case: Case) -> Samples:
    return read_samples(case.server.get("/metrics")) if case.has_metrics else {}
