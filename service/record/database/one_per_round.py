"""Hands out answers to many waiting callers, one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any


class HandOut:
    """Gives one answer in each round of the event loop. Use it from one event loop.

    Otherwise all callers would take their next step in the same round, and a probe would have to wait for all of them.
    """

    def __init__(self) -> None:
        self._left: deque[tuple[asyncio.Future[Any], Any]] = deque()

    def give(self, answers: Iterable[tuple[asyncio.Future[Any], Any]]) -> None:
        """Queue futures, each with its answer or with the exception to raise."""
        is_idle = not self._left
        self._left.extend(answers)
        if is_idle:
            self._give_one()

    async def finish(self) -> None:
        """Return when all answers have been given."""
        while self._left:
            await asyncio.wait([self._left[-1][0]])

    def _give_one(self) -> None:
        while self._left:
            future, answer = self._left.popleft()
            if future.done():  # the caller has gone away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
            break
        if self._left:
            asyncio.get_running_loop().call_soon(self._give_one)
