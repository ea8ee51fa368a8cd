"""The example fulfilment system, over HTTP: what a system behind `http` rungs has to do, and switches to break it.

It verifies signatures, answers the same to the same Idempotency-Key, and does the work of a key once.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from service.demo.goods import DESKS, find_product
from service.demo.systems import CANNOT_SERVE, SYSTEMS, Shop, System
from service.fulfil import signature
from service.fulfil.call_body import Answer, Identifier

MOST_REMEMBERED: Final = 10_000
"""Answers by their keys, and calls in the log; the oldest give way."""
SLOW_SECONDS: Final = 4.0
"""More than any rung of the demo's paths waits."""
FAILED: Final = "500"


class Behaviour(StrEnum):
    """How a system, or a desk, behaves until it is switched again."""

    NORMAL = "normal"
    SLOW = "slow"
    """Does its work, and answers when nobody listens any more."""
    FAILING = "failing"
    CLOSED = "closed"


class Call(BaseModel):
    """What Errand sends, as far as this shop reads it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: Identifier
    decision_id: Identifier
    attempt: Annotated[int, Field(ge=1)]
    details: dict[str, Any] = Field(default_factory=dict, repr=False)
    learned: dict[str, Any] = Field(default_factory=dict, repr=False)


class CallOut(BaseModel):
    """One call that came in; nothing of the customer's but the product."""

    decision_id: str
    delivery_id: str
    attempt: int
    system: str
    product: str | None
    answered: str
    """The result, or the status of a failure."""


class SwitchIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    behaviour: Behaviour


class CapacityOut(BaseModel):
    open: bool
    waiting_seconds: float


class Front:
    """What stands between the calls and the shop: switches, remembered answers, the log."""

    def __init__(self, *, slow_seconds: float) -> None:
        self.switches = dict.fromkeys([*(system.name for system in SYSTEMS), *DESKS], Behaviour.NORMAL)
        self.calls: deque[CallOut] = deque(maxlen=MOST_REMEMBERED)
        self._slow_seconds = slow_seconds
        self._shop = Shop()
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    async def serve(self, system: System, call: Call, key: str) -> Answer:
        """The answer to a key, for the first time or again. HTTPException 500 while the system fails."""
        behaviour = self.switches[system.name]
        if behaviour is Behaviour.FAILING:
            self._note(system, call, FAILED)
            await self.misbehave(system.name)
        answer = self._answers.get((system.name, key))
        if answer is None:
            is_closed = behaviour is Behaviour.CLOSED
            answer = CANNOT_SERVE if is_closed else system.answer(self._shop, call.details, call.learned)
            self._answers[system.name, key] = answer
            if len(self._answers) > MOST_REMEMBERED:
                self._answers.popitem(last=False)
        self._note(system, call, answer.result.value)
        await self.misbehave(system.name)
        return answer

    async def misbehave(self, name: str) -> None:
        """Take too long, or raise HTTPException 500, where the switch says so."""
        if self.switches[name] is Behaviour.SLOW:
            await asyncio.sleep(self._slow_seconds)
        if self.switches[name] is Behaviour.FAILING:
            raise HTTPException(500, f"{name} is switched to fail.")

    def known(self, name: str) -> str:
        """The name itself. HTTPException 404 where nothing here has it."""
        if name not in self.switches:
            raise HTTPException(404, f"Nothing here is called that. There are: {', '.join(self.switches)}.")
        return name

    def _note(self, system: System, call: Call, answered: str) -> None:
        self.calls.append(
            CallOut(
                decision_id=call.decision_id,
                delivery_id=call.delivery_id,
                attempt=call.attempt,
                system=system.name,
                product=find_product(str(call.details.get("item", ""))),
                answered=answered,
            )
        )


def create_app(
    *,
    secrets: Sequence[str] = (),
    clock: Callable[[], float] = time.time,
    slow_seconds: float = SLOW_SECONDS,
) -> FastAPI:
    """A shop with all its goods, which nobody has called yet. Without secrets it believes every call."""
    keys = signature.usable_secrets(secrets)
    front = Front(slow_seconds=slow_seconds)

    async def require_signature(
        request: Request, sent: Annotated[str, Header(alias=signature.HEADER, include_in_schema=False)] = ""
    ) -> None:
        if keys and not signature.verify(sent, await request.body(), secrets=keys, now=clock()):
            raise HTTPException(401, f"{signature.HEADER} is missing, too old or not by a secret that is known here.")

    app = FastAPI(title="The shop of Errand's demo", description="Systems that get errands done, and switches.")
    app.include_router(_systems(front), dependencies=[Depends(require_signature)])
    app.include_router(_desks(front))
    app.include_router(_switches(front))
    return app


def _systems(front: Front) -> APIRouter:
    router = APIRouter(tags=["systems"])

    def calls_to(system: System) -> Callable[..., Awaitable[Answer]]:
        async def serve(call: Call, idempotency_key: Annotated[Identifier, Header()]) -> Answer:
            return await front.serve(system, call, idempotency_key)

        return serve

    for system in SYSTEMS:
        router.post(system.address, name=system.name, response_model_exclude_none=True)(calls_to(system))
    return router


def _desks(front: Front) -> APIRouter:
    router = APIRouter(tags=["desks"])

    @router.get("/capacity/{desk}")
    async def capacity(desk: str) -> CapacityOut:
        if desk not in DESKS:
            raise HTTPException(404, f"There is no desk of that name. There are: {', '.join(DESKS)}.")
        await front.misbehave(desk)
        is_open = front.switches[desk] is not Behaviour.CLOSED
        return CapacityOut(open=is_open, waiting_seconds=DESKS[desk] if is_open else 0)

    return router


def _switches(front: Front) -> APIRouter:
    router = APIRouter(tags=["switches"])

    @router.get("/switches")
    async def switches() -> dict[str, Behaviour]:
        return front.switches

    @router.put("/switches/{system}")
    async def switch(system: str, to: SwitchIn) -> dict[str, Behaviour]:
        front.switches[front.known(system)] = to.behaviour
        return front.switches

    @router.get("/calls")
    async def calls() -> list[CallOut]:
        """The oldest first."""
        return list(front.calls)

    return router


def create_app_from_environment() -> FastAPI:
    """With the secrets that Errand signs with."""
    secrets = os.environ.get("ERRAND_FULFIL_SECRET", "").split(",")
    return create_app(secrets=[secret.strip() for secret in secrets if secret.strip()])
