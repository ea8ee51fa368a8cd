"""The load: contacts that come at their appointed times, whether or not the ones before have been answered.

An open loop (Schroeder, Wierman, Harchol-Balter, "Open Versus Closed", 2006): a service that stands still is sent as
much as one that is well. Who gets no answer asks again under the same key, and remembers what it was told in the end.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.faults.caller import Answered, Caller, NoAnswerError

PATIENCE_SECONDS = 60.0
"""For whatever a service that is well does in a few; only a broken one takes so long."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 1.0
TRY_AGAIN = {409, 429, 503}
"""Refusals that say that nothing was done and when to come again."""
CALLED_FOR = ("where is my parcel", "where is my order", "track my order", "where is my package")
"""Errands for the http rung."""
OTHERS = (
    "I want to cancel my booking",
    "what are your opening hours",
    "I forgot my password",
    "I want a refund",
    "send me my invoice",
    "I want to pause my subscription",
    "my parcel has not arrived",
    "I want to speak to a person",
)
TEXTS = tuple(itertools.chain.from_iterable(zip(CALLED_FOR * 2, OTHERS, strict=True)))
"""So plain that no encoder is asked: the load is to be on the keeping, not on the understanding."""
CHANNELS = ("chat", "voice", "chat", "email")


class StalledError(Exception):
    """Nobody was answered for so long that something must be broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One contact to be routed."""

    number: int
    key: str
    """Sent as Idempotency-Key."""
    contact_id: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a caller was told with status 200."""

    order: Order
    decision_id: str
    answer: bytes
    is_called_for: bool
    """Its errand is delivered to an http rung."""
    is_degraded: bool
    """The answer says that the database was away."""


class Load:
    """The callers, and all that they know. They turn to the ports in turn, and to the next one after each failure."""

    def __init__(self, ports: Sequence[int], *, rate: float, name: str, most_outstanding: int = 256) -> None:
        self.told: list[Told] = []
        self.refused: Counter[str] = Counter()
        """Answers that said to come again, by the code of their problem."""
        self.failed: Counter[int] = Counter()
        """Answers by status that nothing can be done about."""
        self.retried = 0
        """Requests that got no answer and were sent again."""
        self.held_back = 0
        """Contacts that were not sent at their time, since too many were waiting."""
        self.longest_stall_seconds = 0.0
        """In which nobody was told anything."""
        self._callers = [Caller(port) for port in ports]
        self._rate = rate
        self._most_outstanding = most_outstanding
        self.name = name
        self._sent = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._draw = random.Random(name)  # noqa: S311  (a pause, not a secret)
        self._told_at = self._now()

    @property
    def degraded(self) -> int:
        """Contacts that were told something while the database was away."""
        return sum(told.is_degraded for told in self.told)

    @property
    def outstanding(self) -> int:
        return len(self._under_way)

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Until the context ends; then nobody new comes, and `settle` waits for the others."""
        task = asyncio.create_task(self._send())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def flow(self, count: int) -> None:
        """Until so many contacts that are yet to come have been told. StalledError if they never are."""
        first, seen, since = self._sent, 0, len(self.told)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS + count / self._rate):
                while seen < count:
                    await asyncio.sleep(0.02)
                    seen += sum(told.order.number >= first for told in self.told[since:])
                    since = len(self.told)
        except TimeoutError as error:
            raise StalledError(f"{seen} of {count} contacts were answered.") from error

    async def settle(self) -> int:
        """Until everybody has been told; how many never were."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PATIENCE_SECONDS)
        return self.outstanding

    async def ask_again(self, told: Sequence[Told]) -> list[Told]:
        """Those whose repeats are answered in other words than they were, or not at all."""
        differing = []
        for each in told:
            try:
                answered = await self._callers[0].post("/route", each.order.body, key=each.order.key)
            except NoAnswerError:
                differing.append(each)
            else:
                if (answered.status, answered.body) != (200, each.answer):
                    differing.append(each)
        return differing

    async def aclose(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for caller in self._callers:
            caller.close()

    async def _send(self) -> None:
        started = self._now()
        for number in itertools.count():
            await asyncio.sleep(max(0.0, started + number / self._rate - self._now()))
            if self.outstanding >= self._most_outstanding:
                self.held_back += 1
                continue
            task = asyncio.create_task(self._carry(order(self.name, self._sent)))
            self._sent += 1
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _carry(self, order: Order) -> None:
        for attempt in itertools.count():
            caller = self._callers[(order.number + attempt) % len(self._callers)]
            try:
                answered = await caller.post("/route", order.body, key=order.key)
            except NoAnswerError:
                self.retried += 1
            else:
                if answered.status == 200 and self._hear(order, answered.body):
                    return
                if answered.status not in TRY_AGAIN:
                    self.failed[answered.status] += 1
                    return
                self.refused[code_of(answered)] += 1
            pause = min(SHORTEST_PAUSE_SECONDS * 2.0**attempt, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * (0.5 + self._draw.random()))

    def _hear(self, order: Order, body: bytes) -> bool:
        """Whether it is an answer at all."""
        try:
            heard = told(order, body)
        except (ValueError, KeyError, TypeError):
            return False
        self.told.append(heard)
        now = self._now()
        self.longest_stall_seconds = max(self.longest_stall_seconds, now - self._told_at)
        self._told_at = now
        return True

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def order(name: str, number: int) -> Order:
    """A contact of its own, under a key of its own."""
    contact = {
        "text": TEXTS[number % len(TEXTS)],
        "channel": CHANNELS[number // len(TEXTS) % len(CHANNELS)],
        "contact_id": f"{name}-{number}",
        "attributes": {"order_number": f"K-{number}"},
    }
    return Order(
        number=number, key=f"key-{name}-{number}", contact_id=f"{name}-{number}", body=json.dumps(contact).encode()
    )


def code_of(answered: Answered) -> str:
    """Of the problem that an answer tells; its status where it tells none."""
    try:
        return str(json.loads(answered.body)["code"])
    except (ValueError, KeyError, TypeError):
        return str(answered.status)


def told(order: Order, body: bytes) -> Told:
    answer = json.loads(body)
    return Told(
        order=order,
        decision_id=answer["decision_id"],
        answer=body,
        is_called_for=answer["destination"]["kind"] == "http",
        is_degraded=answer["degraded"],
    )
