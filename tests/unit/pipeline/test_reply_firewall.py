"""What a fulfilment system says is said if the judge lets it; else the catalogue's own words are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from service.catalogue.schema import HttpRung
from service.domain.content import ContentKind, Judgement
from service.domain.delivery import DeliveryOutcome as Outcome
from service.domain.delivery import Dispatch, Reply
from service.errors import OverloadedError
from service.pipeline.reply_firewall import PAUSE_SECONDS, PLAIN_WHY, ReplyFirewall
from tests.support.deliveries import a_dispatch
from tests.support.fulfilment import Clock

OWN = "We have looked your order up."
FINE = "Your parcel is at the depot."
PROMOTION = "Have you seen our new spring collection?"
OTHER_PROMOTION = "because members save most"
ORDER = {"field": "order_number", "why": "to find the order"}
WITHIN_SECONDS = 2.0


def a_rung(**fields: Any) -> HttpRung:
    rung = {"kind": "http", "name": "order-lookup", "url": "https://orders.example/lookup", "needs": [ORDER], **fields}
    return TypeAdapter(HttpRung).validate_python({"say": OWN, **rung})


@dataclass
class Judge:
    """Finds promotion in what it is told of; has no room for as many texts as it is told."""

    clock: Clock
    overloaded: float = 0
    seconds_a_text: float = 0.0
    judged: list[str] = field(default_factory=list)
    seconds_left: list[float] = field(default_factory=list)

    async def judge(self, text: str, *, seconds_left: float) -> Judgement:
        self.seconds_left.append(seconds_left)
        self.clock.now += self.seconds_a_text
        if self.overloaded > 0:
            self.overloaded -= 1
            raise OverloadedError("no room")
        self.judged.append(text)
        is_promotion = text in {PROMOTION, OTHER_PROMOTION}
        kind = ContentKind.RELATIONSHIP if is_promotion else ContentKind.FULFILMENT
        return Judgement(kind=kind, confidence=0.9, clauses=())


@dataclass
class Bench:
    clock: Clock = field(default_factory=Clock)
    refused: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.judge = Judge(self.clock)
        self._speech = ReplyFirewall(
            judge=self.judge,
            on_refused=self.refused.append,
            offer_goals=frozenset({"ask_offers", "manage_newsletter"}),
            clock=self.clock,
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.now += seconds

    async def vetted(self, reply: Reply, *, rung: HttpRung | None = None, dispatch: Dispatch | None = None) -> Reply:
        return await self._speech.vetted(
            reply, rung or a_rung(), dispatch or a_dispatch(), within_seconds=WITHIN_SECONDS
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def a_reply(say: str | None = FINE, *whys: str) -> Reply:
    """Needs the order number, then what the catalogue does not know of."""
    fields = ("order_number", "postcode", "postcode_of_the_depot")
    needs = tuple({"field": name, "why": why} for name, why in zip(fields, whys, strict=False))
    return Reply(outcome=Outcome.NEEDS_CUSTOMER if needs else Outcome.SERVED, say=say, needs=needs, data={"depot": 7})


@pytest.mark.parametrize(
    "reply", [a_reply(), a_reply(None), a_reply(FINE, "there are two of them", "to know which depot"), a_reply(OWN)]
)
async def test_what_gets_the_errand_done_is_said(bench: Bench, reply: Reply) -> None:
    """Word for word."""
    assert await bench.vetted(reply) == reply
    assert bench.refused == []


@pytest.mark.parametrize(
    ("rung", "said"),
    [(a_rung(), OWN), (a_rung(say=None), None)],
)
async def test_a_promotion_is_not_said(bench: Bench, rung: HttpRung, said: str | None) -> None:
    """The catalogue's own sentence is, where the rung has one; everything else of the reply stays."""
    reply, dispatch = a_reply(PROMOTION), a_dispatch()

    with capture_logs() as logs:
        vetted = await bench.vetted(reply, rung=rung, dispatch=dispatch)

    assert vetted == replace(reply, say=said)
    assert bench.refused == ["order-lookup"]
    assert logs == [
        {
            "event": "saying_refused",
            "log_level": "warning",
            "delivery_id": dispatch.delivery_id,
            "decision_id": dispatch.decision_id,
            "rung": "order-lookup",
            "cause": "promotes",
        }
    ]


async def test_a_reason_that_promotes_is_replaced(bench: Bench) -> None:
    """By the catalogue's for the same detail, or by one that fits any; what else is asked stays as it was."""
    vetted = await bench.vetted(a_reply(FINE, PROMOTION, OTHER_PROMOTION, "to find it"))

    assert vetted.say == FINE
    assert vetted.needs == (
        ORDER,
        {"field": "postcode", "why": PLAIN_WHY},
        {"field": "postcode_of_the_depot", "why": "to find it"},
    )
    assert bench.refused == ["order-lookup"] * 2


async def test_the_same_sentence_is_judged_once(bench: Bench) -> None:
    """And counted as often as it would have been said."""
    vetted = await bench.vetted(a_reply(PROMOTION, PROMOTION))

    assert (vetted.say, vetted.needs) == (OWN, (ORDER,))
    assert bench.judge.judged == [PROMOTION]
    assert len(bench.refused) == 2


@pytest.mark.parametrize(
    ("goal", "said"),
    [("ask_offers", PROMOTION), ("manage_newsletter", PROMOTION), ("track_order", OWN), (None, OWN)],
)
async def test_who_came_for_offers_is_told_of_them(bench: Bench, goal: str | None, said: str) -> None:
    """And nobody else."""
    vetted = await bench.vetted(a_reply(PROMOTION), dispatch=a_dispatch(goal=goal))

    assert vetted.say == said


async def test_a_judge_without_room_is_waited_for(bench: Bench) -> None:
    """It is told how long there is left."""
    bench.judge.overloaded = 3

    vetted = await bench.vetted(a_reply(FINE, PROMOTION))

    assert (vetted.say, vetted.needs) == (FINE, (ORDER,))
    assert bench.pauses == [PAUSE_SECONDS] * 3
    assert bench.judge.seconds_left == pytest.approx([2.0, 1.9, 1.8, 1.7, 1.7])


@pytest.mark.parametrize("seconds_a_text", [0.0, 0.3, WITHIN_SECONDS])
async def test_what_nobody_could_judge_is_not_said(bench: Bench, seconds_a_text: float) -> None:
    """However harmless; and the wait has an end."""
    began = bench.clock.now
    bench.judge.overloaded, bench.judge.seconds_a_text = float("inf"), seconds_a_text

    with capture_logs() as logs:
        vetted = await bench.vetted(a_reply(FINE, "there are two of them", "to know which depot"))

    assert vetted.say == OWN
    assert vetted.needs == (ORDER, {"field": "postcode", "why": PLAIN_WHY})
    assert bench.judge.judged == []
    assert {entry["cause"] for entry in logs} == {"not_judged"}
    assert bench.refused == ["order-lookup"] * 3
    assert bench.clock.now - began <= WITHIN_SECONDS + seconds_a_text + PAUSE_SECONDS


async def test_judging_many_texts_has_one_end(bench: Bench) -> None:
    """What it leaves no time for is not said."""
    bench.judge.seconds_a_text = WITHIN_SECONDS / 2 + 0.1

    vetted = await bench.vetted(a_reply(FINE, "there are two of them", "to know which depot"))

    assert vetted.say == FINE
    assert [need["why"] for need in vetted.needs] == ["there are two of them", PLAIN_WHY]
    assert bench.judge.judged == [FINE, "there are two of them"]
