"""How long a database that is away is waited for, how often it is asked, and what is told meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from service.cli.commands.waiting import wait_for_database, wait_until
from service.settings import read_settings
from tests.support.daemon import free_port

PASSWORD = "tangerine" + "4711"


class Time:
    """Passes when somebody sleeps, and by `asking` for every look at it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def wait(answers: Iterator[bool], time: Time, *, seconds: float, draws: Iterator[float] | None = None) -> bool:
    draws = draws or itertools.repeat(0.5)
    return wait_until(
        lambda: next(answers), seconds=seconds, sleep=time.sleep, clock=time.clock, draw=lambda: next(draws)
    )


def test_one_that_is_there_is_not_waited_for() -> None:
    """Not even where no time is given."""
    time = Time()

    assert wait(iter([True]), time, seconds=0)

    assert time.slept == []


def test_it_is_asked_again_about_every_second() -> None:
    """A little sooner or later, so that replicas do not ask together."""
    time = Time()

    assert wait(iter([False, False, False, True]), time, seconds=60, draws=iter([0.0, 0.5, 1.0]))

    assert time.slept == pytest.approx([0.8, 1.0, 1.2])


def test_it_is_asked_a_last_time_when_the_time_is_over() -> None:
    """And no later: the last sleep ends with the time."""
    time = Time()
    answers = iter([False, False, False, False, True])

    assert not wait(answers, time, seconds=2.5)

    assert time.slept == pytest.approx([1.0, 1.0, 0.5])
    assert next(answers)


def test_what_is_waited_for_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its place: neither user nor password. Whoever goes on to ask it says why it cannot be reached."""
    port, told = free_port(), list[str]()
    monkeypatch.setenv("ERRAND_DATABASE_URL", f"postgresql://jo:{PASSWORD}@127.0.0.1:{port}/errand")

    wait_for_database(read_settings(database_wait_seconds=0.01), told.append)

    (line,) = told
    assert f"127.0.0.1:{port}" in line
    assert "at most 0.01 s" in line
    assert "jo" not in line
    assert PASSWORD not in line


def test_where_it_is_not_to_wait_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused at once by whoever needs it."""
    told = list[str]()
    monkeypatch.setenv("ERRAND_DATABASE_URL", f"postgresql://jo@127.0.0.1:{free_port()}/errand")

    wait_for_database(read_settings(database_wait_seconds=0), told.append)

    assert told == []
