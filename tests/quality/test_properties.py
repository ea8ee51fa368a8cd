"""What holds for any text and any rows: answers without errors, whole confidences, the same however they are asked.

Against a tiny bundle of the smallest catalogue, whose encoder and heads are real.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.catalogue.loader import load_catalogue
from service.domain.understanding import MAX_TEXT, NO_GOAL_YET, Prediction
from service.learn.dataset import dataset_of
from service.learn.encoders.prepared import EncoderKit
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle
from service.understand.cascade import Cascade, ServedCascade
from service.understand.executor import BoundedExecutor
from tests.support.app import Caller, answer_in, serving, settings_for
from tests.support.catalogues import write_catalogue
from tests.support.encoders import PHRASES, WORDS, tiny_kit, train_tiny

SURE = 1e-6
"""Confidences are worked out in single precision."""
ROUNDED = 5e-5
"""Answers give four places."""
INTENTS = ("track_order", "make_booking", "cancel_booking", "get_invoice", "speak_to_human", "update_address")

sayings = st.sampled_from([phrase for phrases in PHRASES.values() for phrase in phrases])
EMOJI = ("👩‍👩‍👧", "🎉", "\U0001f1eb\U0001f1f7")
UNSEEN = ("\u200b", "\u200d\ufeff", "\u202e", "\0", "\x1b[31m", "\n", "\u2028")
LETTERS = ("e\u0301", "\u1e9e", "İ", "日本", "مرحبا", "<email>", "<")
odd = st.sampled_from(EMOJI + UNSEEN + LETTERS)
halves = st.sampled_from(["\ud83d", "\udc00"])
pieces = st.one_of(sayings, st.sampled_from(WORDS), odd, st.text(max_size=20), st.just("a1" * 60))
texts = st.one_of(
    st.lists(pieces, min_size=1, max_size=6).map(" ".join),
    st.text(st.characters(), min_size=1, max_size=80),
    st.tuples(pieces, st.integers(1, MAX_TEXT)).map(lambda repeated: repeated[0] * repeated[1]),
).map(lambda text: text[:MAX_TEXT])
any_texts = st.one_of(texts, st.tuples(texts, halves, texts).map("".join))
"""JSON may carry half of a surrogate pair, and files of rows do."""


def said(characters: int) -> st.SearchStrategy[str]:
    """Texts of at most so many characters that say something, as contacts must."""
    return texts.map(lambda text: text[:characters]).filter(lambda text: bool(text.strip()))


datasets = st.lists(st.sampled_from(INTENTS), min_size=2, max_size=6, unique=True).flatmap(
    lambda intents: st.tuples(
        *(st.lists(st.tuples(any_texts, st.just(intent)), min_size=1, max_size=5) for intent in intents),
        st.lists(st.tuples(any_texts, st.just(NO_GOAL_YET)), max_size=3),
        st.lists(st.tuples(any_texts, st.none()), max_size=12),
    ).map(lambda parts: tuple(row for part in parts for row in part))
)
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> EncoderKit:
    return tiny_kit(tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="module")
def bundle(kit: EncoderKit, catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = tuple(load_catalogue(catalogue).training_rows())
    return train_tiny(kit, tmp_path_factory.mktemp("trained") / "bundle", rows=rows).folder


@pytest.fixture(scope="module")
def cascade(bundle: Path) -> Cascade:
    return load_bundle(bundle)


@pytest.fixture(scope="module")
async def served(cascade: Cascade) -> AsyncIterator[ServedCascade]:
    executor = BoundedExecutor(threads=2, capacity=64)
    yield ServedCascade(cascade, executor)
    executor.close()


@pytest.fixture(scope="module")
async def caller(bundle: Path, catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    async with serving(settings_for(bundle, tmp_path_factory.mktemp("home"), catalogue=catalogue)) as caller:
        yield caller


def told(prediction: Prediction) -> tuple[Any, ...]:
    """All of a prediction but the time it took."""
    return prediction.candidates, prediction.in_scope, prediction.stage, prediction.cut_short


def assert_whole(prediction: Prediction, labels: tuple[str, ...]) -> None:
    """Every label has a confidence, and what they leave of one is the probability of being out of scope."""
    confidences = [candidate.confidence for candidate in prediction.candidates]
    assert {candidate.intent for candidate in prediction.candidates} == set(labels)
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.0 <= confidence <= 1.0 for confidence in (*confidences, prediction.in_scope))
    assert sum(confidences) + (1.0 - prediction.in_scope) == pytest.approx(1.0, abs=SURE)


@given(text=any_texts)
@settings(patiently, max_examples=150)
def test_any_text_has_whole_confidences(cascade: Cascade, text: str) -> None:
    """And the same ones when it is asked again."""
    prediction = cascade.predict_now(text, top_k=len(cascade.labels))

    assert_whole(prediction, cascade.labels)
    assert told(cascade.predict_now(text, top_k=len(cascade.labels))) == told(prediction)


@given(text=any_texts, top_k=st.integers(1, 9))
@settings(patiently, max_examples=75)
async def test_what_is_served_is_what_is_predicted(served: ServedCascade, text: str, top_k: int) -> None:
    """With time and room, threads make no difference; that is what evaluations of bundles rest on."""
    assert told(await served.predict(text, top_k=top_k)) == told(served.cascade.predict_now(text, top_k=top_k))


@given(text=said(MAX_TEXT * 2 // 3))  # as much as fits into a body when JSON has to escape every character
@settings(patiently, max_examples=60)
async def test_any_contact_is_answered(caller: Caller, text: str) -> None:
    """Within the contract, with places that are in the text, and the same when it is asked again."""
    answer = await caller.intent(text, top_k=20)

    assert sum(candidate["confidence"] for candidate in answer["candidates"]) <= 1.0 + ROUNDED * len(INTENTS)
    assert not answer["degraded"]
    for goal in answer["goals"]:
        assert 0.0 <= goal["confidence"] <= 1.0
        assert all(0 <= place["start"] < place["end"] <= len(text) for place in goal["evidence"])
    assert await caller.intent(text, top_k=20) == answer


@given(several=st.lists(said(2_000), min_size=1, max_size=5), data=st.data())
@settings(patiently, max_examples=30)
async def test_a_batch_answers_as_each_contact_alone(caller: Caller, several: list[str], data: st.DataObject) -> None:
    """In whatever order the contacts stand in it, and next to whatever others."""
    order = data.draw(st.permutations(range(len(several))))
    alone = [await caller.intent(text) for text in several]

    batch = answer_in(await caller.post("/intent/batch", json={"items": [{"text": several[place]} for place in order]}))

    assert batch["items"] == [alone[place] for place in order]


@given(rows=datasets, text=any_texts)
@settings(patiently, max_examples=4)
def test_any_rows_of_two_intents_can_be_learnt_from(
    kit: EncoderKit, tmp_path_factory: pytest.TempPathFactory, rows: tuple[tuple[str, str | None], ...], text: str
) -> None:
    """The bundle reads any text, those it was made of included, and is the same when it is built again."""
    folder = tmp_path_factory.mktemp("learnt")
    dataset = dataset_of(rows, Redactor())
    seen = tuple(zip(dataset.utterances, dataset.intents, strict=True))

    trained = train_tiny(kit, folder / "bundle", rows=seen)
    cascade = load_bundle(trained.folder)

    for utterance in (text, *(utterance for utterance, _ in seen[:3])):
        assert_whole(cascade.predict_now(utterance, top_k=len(cascade.labels)), cascade.labels)
    assert train_tiny(kit, folder / "again", rows=seen).manifest == trained.manifest
