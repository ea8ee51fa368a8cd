"""What `/intent` says of content: offers only to those who came for them, whatever the catalogue and the settings."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Catalogue, PhoneRung, Policy
from service.domain.understanding import NO_GOAL_YET, Candidate, Prediction, Speaker, Stage, Thresholds
from service.measure.instruments import Instruments
from service.measure.observers import ContactObserver
from service.pipeline.answer import Places, destination
from service.pipeline.incoming import IncomingContact, RawTurn
from service.pipeline.pipeline import Pipeline
from service.pipeline.reader import ContactReader
from service.pipeline.turn_order import TurnOrder
from service.record.identity import Identity
from service.redact.chain import Redactor
from service.settings import Settings
from tests.support.catalogues import minimal, write_catalogue

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THRESHOLDS = Thresholds(accept=0.5, scope=0.3, ambiguous=0.1)
OFFER_GOALS = frozenset({"ask_offers", "manage_newsletter"})
OTHERS = ("track_order", "cancel_booking", "make_booking", "speak_to_human")
INTENTS = (*sorted(OFFER_GOALS), *OTHERS)


class Oracle:
    """A classifier that is told what to say."""

    version, labels, thresholds = "oracle", (*INTENTS, NO_GOAL_YET), THRESHOLDS

    def __init__(self, intent: str, confidence: float, in_scope: float) -> None:
        self._said = [(intent, confidence), *((other, 0.0) for other in INTENTS if other != intent)]
        self._in_scope = in_scope

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        return Prediction(
            candidates=tuple(Candidate(intent=intent, confidence=confidence) for intent, confidence in self._said),
            in_scope=self._in_scope,
            stage=Stage.LEXICAL,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
        )

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> None:
        return None


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The minimal one, and two intents of those who come for offers."""
    like = minimal()["intents"]["track_order"]
    intents = {
        intent: {**like, "asks_for_offers": True, "examples": [f"{intent} {number}" for number in range(25)]}
        for intent in OFFER_GOALS
    }
    return load_catalogue(write_catalogue(tmp_path_factory.mktemp("catalogue"), intents=intents))


policies = st.builds(
    Policy,
    timezone=st.sampled_from(["UTC", "Europe/London", "Asia/Tokyo"]),
    misroute_budget=st.floats(0.001, 0.5),
    retention=st.sampled_from(["PT1H", "P30D", "P400D"]),
    human_intent=st.sampled_from(OTHERS),
)
# A catalogue refuses a goal that asks for offers and is urgent, an exit or the way to a person.
marks = st.dictionaries(
    st.sampled_from(OTHERS), st.fixed_dictionaries({"exit": st.booleans(), "urgent": st.booleans()})
)
settings = st.builds(
    Settings,
    deadline_ms=st.integers(10, 60_000),
    idempotency_hours=st.integers(24, 24 * 365),
    unguarded=st.booleans(),
    max_in_flight=st.integers(1, 100_000),
    log_level=st.sampled_from(["debug", "info", "warning", "error"]),
    home=st.just(Path("/nowhere")),
)


def pipeline_of(catalogue: Catalogue, oracle: Oracle, chosen: Settings, instruments: Instruments) -> Pipeline:
    """As the service makes it, with nothing to record into: `/intent` stores nothing."""
    return Pipeline(
        catalogue=catalogue,
        reader=ContactReader(redactor=Redactor(), classifier=oracle, catalogue=catalogue),
        routing=None,
        recorder=None,
        identity=Identity(b"k" * 32),
        observer=ContactObserver(instruments),
        on_dispatch=lambda: None,
        clock=lambda: NOW,
        idempotency_retention=timedelta(hours=chosen.idempotency_hours),
        turn_order=TurnOrder(),
    )


@pytest.fixture(scope="module")
def instruments() -> Instruments:
    return Instruments()


@given(
    policy=policies,
    marked=marks,
    chosen=settings,
    intent=st.sampled_from([*INTENTS, NO_GOAL_YET]),
    confidence=st.floats(0, 1),
    in_scope=st.floats(0, 1),
    entry_point=st.sampled_from([None, "reservations-line", "offers-line"]),
    text=st.sampled_from(["what is on offer", "cancel it", "yes", "any deals? and where is my parcel"]),
)
def test_only_an_accepted_goal_allows_offers(
    *,
    catalogue: Catalogue,
    instruments: Instruments,
    policy: Policy,
    marked: dict[str, dict[str, bool]],
    chosen: Settings,
    intent: str,
    confidence: float,
    in_scope: float,
    entry_point: str | None,
    text: str,
) -> None:
    """No policy, mark, setting, door or word does."""
    intents = {name: each.model_copy(update=marked.get(name, {})) for name, each in catalogue.intents.items()}
    changed = catalogue.model_copy(update={"policy": policy, "intents": intents})
    pipeline = pipeline_of(changed, Oracle(intent, confidence, in_scope), chosen, instruments)
    turns = (RawTurn(speaker=Speaker.CUSTOMER, raw_text=text),)
    approach = IncomingContact(turns=turns, seconds_left=chosen.deadline_ms / 1000, entry_point=entry_point)

    answer = json.loads(asyncio.run(pipeline.advise(approach)))

    accepted = {goal["intent"] for goal in answer["goals"]}
    assert answer["content_policy"] == {"relationship": "allow" if accepted & OFFER_GOALS else "deny"}
    assert accepted <= {intent}
    if confidence < THRESHOLDS.accept or in_scope < THRESHOLDS.scope:
        assert answer["content_policy"] == {"relationship": "deny"}


def test_a_number_to_ring_is_told(catalogue: Catalogue) -> None:
    """With the sentence that names it."""
    rung = PhoneRung(kind="phone", name="emergency-services", number="112", say="Ring 112 now.")

    assert destination(rung, None, Places(catalogue=catalogue)) == {
        "kind": "phone", "name": "emergency-services", "number": "112", "say": "Ring 112 now.",
    }  # fmt: skip
