"""A busy event loop does not keep the threads out that it waits for."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from service.record.database.schema import upgrade
from service.record.recorder import open_recorder
from service.server.switch_interval import SWITCH_SECONDS, sharing_the_interpreter
from tests.support.decisions import a_decision, record_decision

CALLBACK_SECONDS = 0.0003
"""Shorter than the usual switch interval, as callbacks are."""


def test_decisions_are_committed_while_the_loop_never_rests(tmp_path: Path) -> None:
    """On uvloop, which lets the interpreter go after each callback; without a turn, committing fails after 10 s."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)

    async def commit_beside_callbacks_without_end() -> None:
        loop = asyncio.get_running_loop()

        def work() -> None:
            until = time.perf_counter() + CALLBACK_SECONDS
            while time.perf_counter() < until:
                pass
            loop.call_soon(work)

        async with open_recorder(url) as recorder:
            loop.call_soon(work)
            for _ in range(5):
                await record_decision(recorder, a_decision(), idempotency=None, answer=b"{}")

    with sharing_the_interpreter():
        uvloop.run(commit_beside_callbacks_without_end())


def test_afterwards_it_is_as_it_was() -> None:
    before = sys.getswitchinterval()
    with sharing_the_interpreter():
        assert abs(sys.getswitchinterval() - SWITCH_SECONDS) < 1e-6
    assert sys.getswitchinterval() == before
