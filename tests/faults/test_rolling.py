"""Replicas behind a balancer are restarted one by one, and nobody who calls notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.rolling import find_balancer, roll


async def test_no_request_fails_while_replicas_are_restarted(starter_bundle: Path, tmp_path: Path) -> None:
    """Two of them, once each; `python -m tests.faults.rolling` does it with three."""
    program = find_balancer()
    if program is None:
        pytest.skip("HAProxy is not installed: apt install haproxy")

    rolled = await roll(program, starter_bundle, tmp_path, replicas=2, rounds=1, rate=20.0)

    assert rolled.acknowledged > 0
    assert rolled.is_unnoticed, rolled
