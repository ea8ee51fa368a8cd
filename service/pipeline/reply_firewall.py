"""What fulfilment systems say before the firewall: nothing that nobody has judged reaches a customer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

import structlog

from service.catalogue.schema import HttpRung
from service.decide.firewall import Relationship, is_allowed, relationship
from service.domain.content import Judgement
from service.domain.delivery import Dispatch, Reply
from service.errors import OverloadedError

PLAIN_WHY: Final = "to get this done"
"""For a detail that the catalogue gives no reason for."""
PAUSE_SECONDS: Final = 0.1
"""Before a judge that has no room is asked again."""

log = structlog.get_logger()


class Judge(Protocol):
    async def judge(self, text: str, *, seconds_left: float) -> Judgement:
        """Raises OverloadedError where there is no room or not enough time."""
        ...


class Finding(StrEnum):
    """Why a sentence is not said."""

    PROMOTES = "promotes"
    NOT_JUDGED = "not_judged"
    """The judge had no room for as long as could be waited for it."""


@dataclass(kw_only=True)
class ReplyFirewall:
    """One a worker: what the deliverer has every reply vetted by."""

    judge: Judge
    on_refused: Callable[[str], None]
    """Told the rung of every sentence that is not said."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def vetted(self, reply: Reply, rung: HttpRung, dispatch: Dispatch, *, within_seconds: float) -> Reply:
        """The reply with the catalogue's own words in place of what may not be said to this contact."""
        goals = () if dispatch.goal is None else (dispatch.goal,)
        if relationship(goals) is Relationship.ALLOW:
            return reply
        ends_at = self.clock() + within_seconds
        found = {text: await self._find(text, goals, ends_at) for text in dict.fromkeys(_texts(reply))}
        for finding in filter(None, (found[text] for text in _texts(reply))):
            self.on_refused(rung.name)
            log.warning(
                "saying_refused",
                delivery_id=dispatch.delivery_id,
                decision_id=dispatch.decision_id,
                rung=rung.name,
                cause=finding.value,
            )
        refused = {text for text, finding in found.items() if finding is not None}
        return _without(refused, reply, rung)

    async def _find(self, text: str, goals: Collection[str], ends_at: float) -> Finding | None:
        """What speaks against saying a text."""
        while (left := ends_at - self.clock()) > 0:
            try:
                judgement = await self.judge.judge(text, seconds_left=left)
            except OverloadedError:
                await self.sleep(PAUSE_SECONDS)
            else:
                return None if is_allowed(judgement, goals) else Finding.PROMOTES
        return Finding.NOT_JUDGED


def _texts(reply: Reply) -> list[str]:
    said = [] if reply.say is None else [reply.say]
    return [*said, *(need["why"] for need in reply.needs)]


def _without(refused: Collection[str], reply: Reply, rung: HttpRung) -> Reply:
    own = {need.field: need.why for need in rung.needs}

    def plain(need: Mapping[str, str]) -> Mapping[str, str]:
        return {**need, "why": own.get(need["field"], PLAIN_WHY)} if need["why"] in refused else need

    return replace(
        reply,
        say=rung.say if reply.say in refused else reply.say,
        needs=tuple([plain(need) for need in reply.needs]),
    )
