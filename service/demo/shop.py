"""Example of a fulfilment system behind `http` rungs, over HTTP, with switches to break it.

The shop verifies signatures, gives the same answer to the same Idempotency-Key, and does the work of a key once.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.demo.goods import DESKS, find_product
from service.demo.systems import CANNOT_SERVE, SYSTEMS, Shop, System
from service.fulfil.call_body import Answer, Identifier
from service.fulfil.signature import usable_secrets

MOST_REMEMBERED: Final = 10_000
"""Most remembered answers, and most calls in the log. The oldest are dropped."""
SLOW_SECONDS: Final = 4.0
"""Longer than the timeout of every rung in the demo's paths."""
FAILED: Final = "500"


class Behaviour(StrEnum):
    """Behaviour of a system or a desk, until the next switch."""

    NORMAL = "normal"
    SLOW = "slow"
    """Does its work, and answers after the timeout of the call."""
    FAILING = "failing"
    CLOSED = "closed"


class Call(BaseModel):
    """Body of a call by Errand, as far as this shop reads it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: Identifier
    decision_id: Identifier
    attempt: Annotated[int, Field(ge=1)]
    details: dict[str, Any] = Field(default_factory=dict, repr=False)
    learned: dict[str, Any] = Field(default_factory=dict, repr=False)


class CallOut(BaseModel):
    """One call that came in. It names the product, and no other data of the customer."""

    decision_id: str
    delivery_id: str
    attempt: int
    system: str
    product: str | None
    answered: str
    """Result, or status of a failure."""


class SwitchIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    behaviour: Behaviour


class CapacityOut(BaseModel):
    open: bool
    waiting_seconds: float


class Front:
    """Stands between the calls and the shop: switches, remembered answers, the log."""

    def __init__(self, *, slow_seconds: float) -> None:
        self.switches = dict.fromkeys([*(system.name for system in SYSTEMS), *DESKS], Behaviour.NORMAL)
        self.calls: deque[CallOut] = deque(maxlen=MOST_REMEMBERED)
        self._slow_seconds = slow_seconds
        self._shop = Shop()
        self._answers: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    async def serve(self, system: System, call: Call, key: str) -> Answer:
        """The answer to a key, computed once and then remembered. Raises HTTPException 500 while the system fails."""
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
        """Take too long, or raise HTTPException 500, if the switch says so."""
        if self.switches[name] is Behaviour.SLOW:
            await asyncio.sleep(self._slow_seconds)
        if self.switches[name] is Behaviour.FAILING:
            raise HTTPException(500, f"{name} is switched to fail.")

    def known(self, name: str) -> str:
        """The name itself. Raises HTTPException 404 for an unknown name."""
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
    slow_seconds: float = SLOW_SECONDS,
) -> FastAPI:
    """A shop with all its goods, before the first call. Without secrets, the shop believes every call."""
    webhooks = [secret.webhook for secret in usable_secrets(secrets)]
    front = Front(slow_seconds=slow_seconds)

    async def require_signature(request: Request) -> None:
        if webhooks and not is_signed(dict(request.headers), await request.body(), webhooks):
            raise HTTPException(401, "The signature is missing, too old or not by a secret that is known here.")

    app = FastAPI(title="The shop of Errand's demo", description="Systems that get errands done, and switches.")
    app.include_router(_systems(front), dependencies=[Depends(require_signature)])
    app.include_router(_desks(front))
    app.include_router(_switches(front))
    return app


def is_signed(headers: dict[str, str], body: bytes, webhooks: Sequence[Webhook]) -> bool:
    """Whether a known secret signed this very body, at most five minutes away from now (Standard Webhooks)."""
    for webhook in webhooks:
        # The library raises a plain ValueError for headers and bodies that it cannot decode.
        with suppress(WebhookVerificationError, ValueError):
            webhook.verify(body, headers, json_parse=False)
            return True
    return False


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
        """List all calls, the oldest first."""
        return list(front.calls)

    return router


def create_app_from_environment() -> FastAPI:
    """A shop with the secrets that Errand signs with."""
    secrets = os.environ.get("ERRAND_FULFIL_SECRET", "").split(",")
    return create_app(secrets=[secret.strip() for secret in secrets if secret.strip()])
