"""Turns of one contact pass in the order in which they came; others do not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipeline.turn_order import TurnOrder


class Scene:
    """Turns that understand for as long as they are told to, and then write themselves down."""

    def __init__(self) -> None:
        self.turn_order = TurnOrder()
        self.applied: list[str] = []

    async def turn(self, name: str, contact_id: str | None, understood: asyncio.Event) -> None:
        async with self.turn_order.queue(contact_id) as place:
            await understood.wait()
            await place.reached()
            await asyncio.sleep(0)
            self.applied.append(name)

    @asynccontextmanager
    async def under_way(self, *turns: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
        tasks = [asyncio.create_task(turn) for turn in turns]
        await settle()
        yield tasks
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_turn_that_is_understood_sooner_waits_for_those_before_it() -> None:
    """Those of other contacts, and those without one, do not."""
    scene, slow, quick = Scene(), asyncio.Event(), asyncio.Event()
    quick.set()

    turns = (
        scene.turn("first", "call-1", slow),
        scene.turn("second", "call-1", quick),
        scene.turn("other", "call-2", quick),
        scene.turn("nobody", None, quick),
    )
    async with scene.under_way(*turns):
        assert sorted(scene.applied) == ["nobody", "other"]
        slow.set()

    assert scene.applied[2:] == ["first", "second"]


async def test_whoever_leaves_half_way_keeps_nobody_waiting_and_lets_nobody_past() -> None:
    """A caller that hangs up in the middle of the queue."""
    scene, slow, quick = Scene(), asyncio.Event(), asyncio.Event()
    quick.set()

    async with scene.under_way(scene.turn("first", "call-1", slow), scene.turn("gone", "call-1", quick)) as tasks:
        tasks[1].cancel()
        await settle()
        async with scene.under_way(scene.turn("third", "call-1", quick)):
            assert scene.applied == []
            slow.set()

    assert scene.applied == ["first", "third"]


async def test_a_turn_that_fails_lets_the_next_one_pass() -> None:
    """Whatever was wrong with it."""
    turn_order = TurnOrder()

    with pytest.raises(ValueError, match="no"):
        async with turn_order.queue("call-1"):
            raise ValueError("no")

    async with turn_order.queue("call-1") as place:
        await place.reached()


@given(fates=st.lists(st.sampled_from(["apply", "cancel", "fail"]), min_size=1, max_size=12))
async def test_nothing_is_kept_of_contacts_that_are_gone(fates: list[str]) -> None:
    """Whatever becomes of their turns, and in whatever order; those that are applied keep theirs."""
    scene, opened = Scene(), asyncio.Event()

    async def failing(contact_id: str) -> None:
        async with scene.turn_order.queue(contact_id) as place:
            await place.reached()
            raise ValueError(contact_id)

    turns = [
        failing("call-1") if fate == "fail" else scene.turn(str(number), "call-1", opened)
        for number, fate in enumerate(fates)
    ]
    async with scene.under_way(*turns) as tasks:
        for task, fate in zip(tasks, fates, strict=True):
            if fate == "cancel":
                task.cancel()
        await settle()
        opened.set()

    assert scene.applied == [str(number) for number, fate in enumerate(fates) if fate == "apply"]
    assert scene.turn_order._last == {}
