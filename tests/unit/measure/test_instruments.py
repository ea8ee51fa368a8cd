"""Metrics of one worker, of several, and of those that are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.domain.understanding import Abstention, Stage
from service.measure.instruments import MULTIPROCESS_VARIABLE, Instruments, forget_dead_workers


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize("kind", ["gauge_livesum", "gauge_liveall"])
def test_gauges_of_dead_workers_are_forgotten(tmp_path: Path, dead_pid: int, kind: str) -> None:
    """What a killed worker had in flight is in flight no more; what lives, or counts, stays."""
    dead = tmp_path / f"{kind}_{dead_pid}.db"
    kept = [
        tmp_path / name
        for name in (
            f"{kind}_{os.getpid()}.db",
            f"{kind}_1.db",
            f"counter_{dead_pid}.db",
            f"histogram_{dead_pid}.db",
            f"gauge_all_{dead_pid}.db",
        )
    ]
    for path in (dead, *kept):
        path.touch()

    forget_dead_workers(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_forgetting_twice_is_forgetting_once(tmp_path: Path, dead_pid: int) -> None:
    """Two workers may be asked at the same moment."""
    (tmp_path / f"gauge_livesum_{dead_pid}.db").touch()

    forget_dead_workers(tmp_path)
    forget_dead_workers(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    """There is nobody to forget."""
    forget_dead_workers(tmp_path / "absent")


def test_one_worker_exposes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reason to abstain and every stage has its series from the start, so that a rate can be asked of it."""
    monkeypatch.delenv(MULTIPROCESS_VARIABLE, raising=False)
    instruments = Instruments()
    instruments.goals.labels("track_order").inc()

    text, content_type = instruments.exposition()

    lines = text.decode().splitlines()
    assert content_type.startswith("text/plain")
    assert 'errand_goals_total{intent="track_order"} 1.0' in lines
    for reason in Abstention:
        assert f'errand_abstentions_total{{reason="{reason.value}"}} 0.0' in lines
    for stage in Stage:
        assert f'errand_confidence_count{{stage="{stage.value}"}} 0.0' in lines


def test_there_are_no_series_of_creation_times() -> None:
    """A counter or a histogram has no `_created` beside its values."""
    instruments = Instruments()
    instruments.count_request("/route", 200, 0.01)

    assert "_created" not in instruments.exposition()[0].decode()


def test_each_app_has_instruments_of_its_own() -> None:
    """Two in one process do not add up, nor do they clash."""
    first, second = Instruments(), Instruments()
    first.cut_short.inc()

    assert "errand_cut_short_total 1.0" in first.exposition()[0].decode()
    assert "errand_cut_short_total 0.0" in second.exposition()[0].decode()


WORKER = """
import os, sys
from service.measure.instruments import Instruments
instruments = Instruments()
instruments.cut_short.inc(2)
instruments.in_flight.set(5)
print(instruments.exposition()[0].decode())
"""


def test_workers_add_up_and_the_dead_do_not_count_as_busy(tmp_path: Path) -> None:
    """Counts of a worker that has ended stay in the sum; its requests in flight do not."""
    environment = {**os.environ, MULTIPROCESS_VARIABLE: str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", WORKER], env=environment, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    )

    assert "errand_cut_short_total 2.0" in first
    assert "errand_cut_short_total 4.0" in second
    assert "errand_requests_in_flight 5.0" in second
