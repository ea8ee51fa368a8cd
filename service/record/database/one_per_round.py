"""Answers for many who wait at once, given one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any


class HandOut:
    """Used from one event loop. Gives one answer in each of its rounds.

    Everybody's next step would else be taken in the same round, and a probe would have to wait for all of them.
    """

    def __init__(self) -> None:
        self._left: deque[tuple[asyncio.Future[Any], Any]] = deque()

    def give(self, answers: Iterable[tuple[asyncio.Future[Any], Any]]) -> None:
        """Futures with what is to be their answer, or the exception that is to be raised for them."""
        is_idle = not self._left
        self._left.extend(answers)
        if is_idle:
            self._give_one()

    async def finish(self) -> None:
        """Return when all have been given."""
        while self._left:
            await asyncio.wait([self._left[-1][0]])

    def _give_one(self) -> None:
        while self._left:
            future, answer = self._left.popleft()
            if future.done():  # who waited has gone away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
            break
        if self._left:
            asyncio.get_running_loop().call_soon(self._give_one)
