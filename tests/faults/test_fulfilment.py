"""The fulfilment system writes down what came in before it answers, and keeps it when it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.fulfilment import FulfilmentSystem, Receipt
from tests.support.daemon import free_port

CALL = {"delivery_id": "delivery-1", "decision_id": "decision-1", "rung": "order-lookup", "attempt": 1}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[FulfilmentSystem]:
    system = FulfilmentSystem(free_port(), tmp_path / "received")
    system.start()
    yield system
    system.kill()


def call(system: FulfilmentSystem, key: str) -> str:
    url, headers = f"http://127.0.0.1:{system.port}/order-lookup", {"Idempotency-Key": key}
    answer = httpx.post(url, json=CALL, headers=headers, trust_env=False, timeout=30)
    return str(answer.json()["result"])


def test_what_came_in_outlives_a_kill(system: FulfilmentSystem) -> None:
    """In order, with the keys that it came under, at the same address."""
    assert call(system, "key-1") == "served"
    before = system.calls
    system.kill()
    system.start()
    assert call(system, "key-2") == "served"

    assert system.calls > before
    assert system.receipts() == [
        Receipt(key=key, delivery_id="delivery-1", decision_id="decision-1", rung="order-lookup")
        for key in ("key-1", "key-2")
    ]
