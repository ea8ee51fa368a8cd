"""Vet the words of fulfilment systems: only sentences that the firewall has judged reach a customer."""

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
"""Reason for a detail that the catalogue asks for without a reason."""
PAUSE_SECONDS: Final = 0.1
"""Pause before a busy judge is asked again."""

log = structlog.get_logger()


class Judge(Protocol):
    async def judge(self, text: str, *, seconds_left: float) -> Judgement:
        """Judge a text. Raises OverloadedError if room or time is missing."""
        ...


class Finding(StrEnum):
    """Reason for keeping a sentence from a customer."""

    PROMOTES = "promotes"
    NOT_JUDGED = "not_judged"
    """The judge was busy for all of the time available."""


@dataclass(kw_only=True)
class ReplyFirewall:
    """Vets every reply of one worker's deliverer."""

    judge: Judge
    on_refused: Callable[[str], None]
    """Called with the rung of every sentence that is kept from a customer."""
    offer_goals: frozenset[str]
    """Goals of customers that ask for offers, as in `Catalogue.offer_goals`."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def vetted(self, reply: Reply, rung: HttpRung, dispatch: Dispatch, *, within_seconds: float) -> Reply:
        """Return the reply, with the catalogue's own words in place of sentences that this contact may not be told."""
        goals = () if dispatch.goal is None else (dispatch.goal,)
        if relationship(goals, self.offer_goals) is Relationship.ALLOW:
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
        """Return the reason for keeping a text from the contact, or `None`."""
        while (left := ends_at - self.clock()) > 0:
            try:
                judgement = await self.judge.judge(text, seconds_left=left)
            except OverloadedError:
                await self.sleep(PAUSE_SECONDS)
            else:
                return None if is_allowed(judgement, goals, self.offer_goals) else Finding.PROMOTES
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
