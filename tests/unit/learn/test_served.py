"""Rows read as the service reads contacts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from service.catalogue.schema import Catalogue
from service.domain.understanding import Candidate, Prediction, Speaker, Stage, Stance, Thresholds
from service.learn.served import RowTexts, ServedRows, TextScores
from service.pipeline.incoming import RawTurn
from service.pipeline.reader import ContactReader
from service.redact.chain import Redactor
from service.understand.explanation import Explanation
from service.understand.intents import IntentTable
from tests.support.spine import spine_catalogue

LABELS = ("cancel_booking", "make_booking", "no_goal_yet", "report_gas", "speak_to_human")
CANCEL, BOOK, _, GAS, HUMAN = LABELS
TABLE = IntentTable.of_labels(LABELS, urgent=frozenset({GAS}), person=HUMAN)
THRESHOLDS = Thresholds(accept=0.8, scope=0.5, urgent=0.3, person=0.3, ambiguous=0.1)
WORDS = {"cancel": CANCEL, "book": BOOK, "gas": GAS, "person": HUMAN}


def shares_of(text: str) -> list[float]:
    """The labels whose words are in a text share it, and a text without any is small talk. `really` is for booking."""
    found = (
        {BOOK} if "really" in text else {intent for word, intent in WORDS.items() if word in text} or {"no_goal_yet"}
    )
    return [(0.96 / len(found)) if label in found else 0.01 for label in LABELS]


def stance_of(text: str) -> Stance:
    return Stance.NOT_WANTED if "not" in text.split() else Stance.WANTS


def rows_of(utterances: list[str], truths: list[str | None], *, in_scope: float = 1.0) -> ServedRows:
    texts = RowTexts.of(utterances)
    scores = TextScores(
        shares=np.array([shares_of(text) for text in texts.texts], np.float32),
        in_scope=np.full(len(texts.texts), in_scope, np.float32),
        stances=tuple(stance_of(text) for text in texts.texts),
        lone_words=np.array([" " not in text for text in texts.texts], np.bool_),
    )
    return ServedRows(texts, scores, LABELS, truths, TABLE)


def routes(utterance: str, truth: str | None, **changes: float) -> tuple[bool, bool, bool]:
    """Whether a row is routed, whether its first goal is wrong, and whether any goal is."""
    read = rows_of([utterance], [truth]).at(replace(THRESHOLDS, **changes))
    return bool(read.routed[0]), bool(read.first_wrong[0]), bool(read.any_wrong[0])


def test_the_texts_of_rows_are_gists_and_clauses() -> None:
    """Each row has its gist first, and every text knows its row."""
    texts = RowTexts.of(["book a room", "cancel my order and send me the invoice"])

    assert texts.texts == (
        "book a room",
        "cancel my order and send me the invoice",
        "cancel my order",
        "send me the invoice",
    )
    assert texts.rows.tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("utterance", "truth", "expected", "reason"),
    [
        ("please book a room", BOOK, (True, False, False), "right"),
        ("please book a room", CANCEL, (True, True, True), "wrong"),
        ("please book a room", None, (True, True, True), "out of scope, and routed"),
        ("what a day it is", BOOK, (False, False, False), "not routed, so not wrong"),
        ("please book a room. Can you cancel the other one?", BOOK, (True, False, True), "a goal too many"),
        (
            "please cancel it. Can you book another room?",
            BOOK,
            (True, True, True),
            "the first goal of the text is wrong",
        ),
        ("please book a room. I smell gas in here", BOOK, (True, True, True), "an urgent goal comes first"),
        ("please book a room. Never mind", BOOK, (False, False, False), "taken back"),
        ("please do not book a room", BOOK, (False, False, False), "refused"),
        ("book", BOOK, (False, False, False), "a single word that is no example"),
    ],
)
def test_rows_are_routed_as_the_service_routes(
    utterance: str, truth: str | None, expected: tuple[bool, bool, bool], reason: str
) -> None:
    """Clauses, corrections, stances and single words count as they do when a contact comes in."""
    assert routes(utterance, truth) == expected, reason


@pytest.mark.parametrize(("truth", "first_wrong"), [(CANCEL, False), (BOOK, True)])
def test_goals_stand_in_the_order_of_the_text(truth: str, *, first_wrong: bool) -> None:
    """The goal of the whole text is not the first one, if its clause comes later."""
    text = "Can you cancel my room? I really want to book another one"

    assert routes(text, truth) == (True, first_wrong, True)


def test_a_higher_threshold_routes_less() -> None:
    """The rows are read at any thresholds."""
    assert routes("please book a room", BOOK, accept=0.97) == (False, False, False)


def test_shares_of_pressing_intents_are_told_row_by_row() -> None:
    """The row's own intent apart from others: the one makes recall, the other false alarms."""
    rows = rows_of(
        ["I smell gas in here", "please book a room", "the gas bill and book it", "please not a person"],
        [GAS, BOOK, BOOK, HUMAN],
        in_scope=0.5,
    )

    own, other = rows.pressing(frozenset({GAS}))

    assert own == pytest.approx([0.96, 0.0, 0.0, 0.0], abs=0.01)
    assert other == pytest.approx([0.0, 0.0, 0.96, 0.0], abs=0.02)


def test_a_refused_person_and_a_withdrawn_danger_are_not_heard() -> None:
    """The guarantee counts what the service hears."""
    rows = rows_of(["please not a person", "I smell gas. Oh never mind", "a person please"], [HUMAN, GAS, HUMAN])

    assert rows.pressing(frozenset({HUMAN}))[0] == pytest.approx([0.0, 0.0, 0.96], abs=0.01)
    assert rows.pressing(frozenset({GAS}))[0][1] == 0.0


class WordClassifier:
    """Knows the same words as the held-out scores."""

    version = "words"
    labels = LABELS
    thresholds = THRESHOLDS

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        shares = dict(zip(LABELS, shares_of(utterance), strict=True))
        ranked = sorted(LABELS, key=lambda label: -shares[label])[:top_k]
        return Prediction(
            candidates=tuple(Candidate(intent=label, confidence=shares[label]) for label in ranked),
            in_scope=1.0,
            stage=Stage.ENCODER,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
            stance=stance_of(utterance),
            is_lone_word=" " not in utterance,
        )

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> Explanation | None:
        return None


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return spine_catalogue(tmp_path_factory.mktemp("catalogue"))


CONTACTS = [
    "please book a room",
    "please cancel it. Can you book another room?",
    "please book a room. I smell gas in here",
    "Can you book a room for tonight? Then let me speak to a person",
    "please do not book a room. I want to cancel the other one",
    "could you book a room. Oh never mind",
    "Can you cancel my room? I really want to book another one",
    "what a day it is. so um the gas man came and I thought I would book, and so on",
    "Good morning everyone. Please book a room. Many thanks for your help",
    "I want to cancel my room, no wait, can you book one more?",
    "book",
]


@pytest.mark.parametrize("utterance", CONTACTS)
def test_a_row_and_a_contact_of_the_same_words_have_the_same_goals(catalogue: Catalogue, utterance: str) -> None:
    """A guarantee about another reading would be about nothing that is served."""
    reader = ContactReader(redactor=Redactor(), classifier=WordClassifier(), catalogue=catalogue)
    object.__setattr__(reader, "intents", TABLE)
    turn = RawTurn(speaker=Speaker.CUSTOMER, raw_text=utterance)

    contact = [goal.intent for goal in asyncio.run(reader.read([turn])).verdict.goals]

    first = contact[0] if contact else None
    heard: Mapping[str | None, tuple[bool, bool, bool]] = {truth: routes(utterance, truth) for truth in LABELS}
    assert {truth for truth, (routed, first_wrong, _) in heard.items() if routed and not first_wrong} == (
        {first} if first else set()
    )
    assert all(routed is bool(contact) for routed, _, _ in heard.values())
    assert {truth for truth, (routed, _, any_wrong) in heard.items() if routed and not any_wrong} == (
        {first} if len(contact) == 1 else set()
    )
