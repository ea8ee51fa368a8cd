"""SIGTERM is told first and obeyed afterwards."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from service.server.drain import draining_first
from tests.support.app import eventually


@pytest.fixture
def happened() -> Iterator[list[str]]:
    """What a server's own handler, and whoever is told before it, write down."""
    events: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: events.append("stopped"))
    yield events
    signal.signal(signal.SIGTERM, before)


async def test_it_is_told_at_once_and_stops_later(happened: list[str]) -> None:
    """In between it goes on."""

    async def has_stopped() -> bool:
        return "stopped" in happened

    with draining_first(0.05, lambda: happened.append("told")):
        signal.raise_signal(signal.SIGTERM)
        at_once = list(happened)
        await eventually(has_stopped)

    assert at_once == ["told"]
    assert happened == ["told", "stopped"]


async def test_a_second_signal_does_not_wait(happened: list[str]) -> None:
    """Whoever insists is obeyed."""
    with draining_first(300, lambda: happened.append("told")):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert happened == ["told", "told", "stopped"]


async def test_without_time_to_drain_it_stops_at_once(happened: list[str]) -> None:
    """Not ready all the same, for whoever asks over a connection that is open."""
    with draining_first(0, lambda: happened.append("told")):
        signal.raise_signal(signal.SIGTERM)

    assert happened == ["told", "stopped"]


async def test_afterwards_the_server_s_own_handler_is_back(happened: list[str]) -> None:
    """Nothing is told any more."""
    with draining_first(300, lambda: happened.append("told")):
        pass
    signal.raise_signal(signal.SIGTERM)

    assert happened == ["stopped"]


async def test_without_a_server_nothing_is_changed() -> None:
    """An application under test does not catch the signals of whoever tests it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with draining_first(1, lambda: None):
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
