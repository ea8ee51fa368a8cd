"""The cascade: when the lexical head answers alone, when the encoder joins, and what happens without time or room."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from service.domain.understanding import Stage, Stance, Thresholds
from service.understand.calibration import StageCalibration
from service.understand.cascade import Cascade, CascadeSettings, ServedCascade, is_lone_word
from service.understand.encoder import EncoderHead
from service.understand.executor import BoundedExecutor
from service.understand.lexical import LexicalHead, LexicalWeights
from service.understand.spelling import Speller
from service.understand.stance import STANCES, StanceHead
from service.understand.tokenizer import Tokenizer

LABELS = ("make_booking", "track_order")
SURE, UNSURE, SHORT = "please parcel please", "please please please", "parcel parcel"
PLAIN = StageCalibration(temperature=1.0, scope_weights=(0.0,) * 5, scope_bias=20.0)
PLAIN_MIXED = StageCalibration(temperature=1.0, scope_weights=(0.0,) * 6, scope_bias=20.0)


class FakeEncoder:
    """Finds a booking in everything, and counts how often it is asked."""

    dimensions = 1

    def __init__(self) -> None:
        self.calls = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.error: Exception | None = None

    def embed(self, batch: Sequence[Sequence[int]]) -> np.ndarray:
        self.calls += 1
        self.may_answer.wait(5)
        if self.error is not None:
            raise self.error
        return np.ones((len(batch), 1), np.float32)


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def cascade(tokenizer: Tokenizer, encoder: FakeEncoder) -> Cascade:
    return cascade_of(tokenizer, encoder)


def cascade_of(
    tokenizer: Tokenizer,
    encoder: FakeEncoder,
    *,
    strange: float = 1.0,
    speller: Speller | None = None,
    stance_head: StanceHead | None = None,
    commands: frozenset[str] = frozenset(),
) -> Cascade:
    """Its lexical head knows the word `parcel` and nothing else; to it, all n-grams are unknown."""
    vocabulary = tokenizer.vocabulary_size
    token_rows = np.zeros((vocabulary, 3), np.float32)
    token_rows[tokenizer.token_ids("parcel")[1], 1] = 30.0
    lexical = LexicalWeights(
        keys=np.zeros(0, np.int64),
        rows=np.zeros((0, 3), np.float32),
        squares=np.zeros(0, np.float32),
        token_places=np.arange(vocabulary, dtype=np.int32),
        token_rows=token_rows,
        token_importance=np.ones(vocabulary, np.float32),
        bias=np.zeros(3, np.float32),
    )
    return Cascade(
        version="v",
        labels=LABELS,
        thresholds=Thresholds(accept=0.8, scope=0.5, ambiguous=0.1),
        settings=CascadeSettings(
            encoder_weight=0.5, settle=0.9, strange=strange, lexical=PLAIN, mixed=PLAIN_MIXED, encoder=PLAIN
        ),
        tokenizer=tokenizer,
        lexical_head=LexicalHead(lexical),
        encoder=encoder,
        encoder_head=EncoderHead(
            weights=np.array([[6.0, 0.0, 0.0]], np.float32),
            bias=np.zeros(3, np.float32),
            centres=np.ones((1, 2), np.float32),
        ),
        speller=speller,
        stance_head=stance_head,
        commands=commands,
    )


def always(stance: Stance) -> StanceHead:
    """A head that tells one stance of every clause with a cue."""
    count = len(STANCES)
    return StanceHead(
        weights=np.zeros((1, count), np.float32),
        bias=np.array([9.0 * (each is stance) for each in STANCES], np.float32),
        applies=np.ones((len(LABELS), count), np.bool_),
        threshold=0.5,
    )


@pytest.fixture
def executor() -> Iterator[BoundedExecutor]:
    executor = BoundedExecutor(threads=1, capacity=2)
    yield executor
    executor.close()


def test_a_sure_lexical_head_answers_alone(cascade: Cascade, encoder: FakeEncoder) -> None:
    """The encoder is not asked and no time is spent on it."""
    prediction = cascade.predict_now(SURE)

    assert prediction.candidates[0].intent == "track_order"
    assert prediction.stage is Stage.LEXICAL
    assert encoder.calls == 0
    assert prediction.encoder_seconds == 0.0
    assert not prediction.cut_short


def test_an_unsure_lexical_head_is_joined_by_the_encoder(cascade: Cascade, encoder: FakeEncoder) -> None:
    """Half of the encoder's score of 6 is 3: a confidence of e³ / (e³ + 1)."""
    prediction = cascade.predict_now(UNSURE)

    assert prediction.candidates[0].intent == "make_booking"
    assert prediction.candidates[0].confidence == pytest.approx(np.exp(3) / (np.exp(3) + 1), abs=1e-5)
    assert prediction.stage is Stage.ENCODER
    assert encoder.calls == 1
    assert prediction.encoder_seconds > 0.0
    assert not prediction.cut_short


@pytest.mark.parametrize("utterance", [SURE, UNSURE])
def test_where_words_are_strange_the_encoder_answers_alone(
    tokenizer: Tokenizer, encoder: FakeEncoder, utterance: str
) -> None:
    """However sure the lexical head is, and with nothing of it mixed in: e⁶ / (e⁶ + 1)."""
    prediction = cascade_of(tokenizer, encoder, strange=0.5).predict_now(utterance)

    assert prediction.candidates[0].intent == "make_booking"
    assert prediction.candidates[0].confidence == pytest.approx(np.exp(6) / (np.exp(6) + 1), abs=1e-5)
    assert prediction.stage is Stage.ENCODER


@pytest.mark.parametrize(("top_k", "count"), [(2, 2), (3, 2)])
def test_there_are_as_many_candidates_as_asked_for_and_known(cascade: Cascade, top_k: int, count: int) -> None:
    """Most confident first."""
    candidates = cascade.predict_now(UNSURE, top_k=top_k).candidates

    assert len(candidates) == count
    assert [c.confidence for c in candidates] == sorted((c.confidence for c in candidates), reverse=True)


@pytest.mark.parametrize("utterance", [SURE, UNSURE])
async def test_serving_predicts_what_the_command_line_predicts(
    cascade: Cascade, executor: BoundedExecutor, utterance: str
) -> None:
    """With time and room, where the encoder runs makes no difference."""
    now = cascade.predict_now(utterance, top_k=2)

    served = await ServedCascade(cascade, executor).predict(utterance, top_k=2, seconds_left=5.0)

    assert (served.candidates, served.in_scope, served.stage) == (now.candidates, now.in_scope, now.stage)


@pytest.mark.parametrize(
    ("seconds_left", "capacity", "reason"),
    [
        (5.0, 0, "no room in the pool"),
        (None, 0, "no room, and all the time in the world"),
        (0.0, 2, "no time left"),
        (-1.0, 2, "the time was over before"),
    ],
)
async def test_without_room_or_time_the_lexical_head_answers(
    cascade: Cascade, encoder: FakeEncoder, seconds_left: float | None, capacity: int, reason: str
) -> None:
    """The answer says that it was cut short, and the encoder is not begun."""
    executor = BoundedExecutor(threads=1, capacity=capacity)
    prediction = await cascade.predict_in(executor, UNSURE, top_k=2, seconds_left=seconds_left)
    executor.close()

    assert prediction.cut_short, reason
    assert prediction.stage is Stage.LEXICAL
    assert [candidate.confidence for candidate in prediction.candidates] == pytest.approx([0.5, 0.5], abs=1e-5)
    assert encoder.calls == 0


async def test_a_sure_answer_is_never_cut_short(cascade: Cascade) -> None:
    """Who needs no encoder needs neither room nor time for it."""
    executor = BoundedExecutor(threads=1, capacity=0)
    prediction = await cascade.predict_in(executor, SURE, top_k=1, seconds_left=0.0)
    executor.close()

    assert not prediction.cut_short


async def test_an_encoder_that_takes_too_long_is_not_waited_for(
    cascade: Cascade, encoder: FakeEncoder, executor: BoundedExecutor
) -> None:
    """At the deadline the lexical head's answer goes out, and the slot comes back when the encoder is done."""
    encoder.may_answer.clear()

    prediction = await cascade.predict_in(executor, UNSURE, top_k=2, seconds_left=0.02)

    assert prediction.cut_short
    assert prediction.stage is Stage.LEXICAL
    assert encoder.calls == 1

    encoder.may_answer.set()
    assert await is_empty(executor)


async def test_many_timeouts_leave_no_slot_taken(
    cascade: Cascade, encoder: FakeEncoder, executor: BoundedExecutor
) -> None:
    """A slow spell is over when the encoder is quick again: then it is asked as before."""
    encoder.may_answer.clear()
    spell = await asyncio.gather(*(cascade.predict_in(executor, UNSURE, top_k=1, seconds_left=0.02) for _ in range(20)))
    assert all(prediction.cut_short for prediction in spell)
    assert executor.in_flight <= 2, "the rest found no room"

    encoder.may_answer.set()
    assert await is_empty(executor)
    after = await cascade.predict_in(executor, UNSURE, top_k=1, seconds_left=5.0)
    assert after.stage is Stage.ENCODER


@pytest.mark.parametrize("gives_up", [False, True], ids=["waits for it", "gave up before"])
async def test_an_encoder_that_fails_leaves_no_slot_taken(
    cascade: Cascade, encoder: FakeEncoder, executor: BoundedExecutor, *, gives_up: bool
) -> None:
    """The error reaches a caller who still waits, and room is made either way."""
    encoder.error = ValueError("on purpose")
    if gives_up:
        encoder.may_answer.clear()
        assert (await cascade.predict_in(executor, UNSURE, top_k=1, seconds_left=0.02)).cut_short
        encoder.may_answer.set()
    else:
        with pytest.raises(ValueError, match="on purpose"):
            await cascade.predict_in(executor, UNSURE, top_k=1, seconds_left=None)

    assert await is_empty(executor)


@pytest.mark.parametrize(
    ("utterance", "stage"), [(SURE, Stage.LEXICAL), (UNSURE, Stage.ENCODER), (SHORT, Stage.ENCODER)]
)
def test_the_stage_that_answers_can_be_told(cascade: Cascade, utterance: str, stage: Stage) -> None:
    """It is the one that a prediction with time and room comes from."""
    assert cascade.stage_of(utterance) is stage
    assert cascade.predict_now(utterance).stage is stage


async def test_a_cue_asks_the_encoder_for_the_stance(
    tokenizer: Tokenizer, encoder: FakeEncoder, executor: BoundedExecutor
) -> None:
    """However sure the lexical head is: it tells no wish from a refusal."""
    cascade = cascade_of(tokenizer, encoder, stance_head=always(Stance.NOT_WANTED))
    refusal = f"do not {SURE}"

    now = cascade.predict_now(refusal)
    served = await cascade.predict_in(executor, refusal, top_k=2, seconds_left=5.0)

    assert (now.stance, now.stage) == (served.stance, served.stage) == (Stance.NOT_WANTED, Stage.ENCODER)
    assert cascade.stage_of(refusal) is Stage.ENCODER, "an explanation weighs the scores that were served"


def test_a_clause_without_a_cue_is_a_wish(tokenizer: Tokenizer, encoder: FakeEncoder) -> None:
    """The stance costs no encoder call where nothing hints at one."""
    prediction = cascade_of(tokenizer, encoder, stance_head=always(Stance.NOT_WANTED)).predict_now(SURE)

    assert (prediction.stance, encoder.calls) == (Stance.WANTS, 0)


def test_a_bundle_without_a_stance_head_hears_wishes(cascade: Cascade) -> None:
    """An encoder of many languages has no such head."""
    assert cascade.predict_now(f"do not {SURE}").stance is Stance.WANTS


@pytest.mark.parametrize(
    ("utterance", "is_lone", "reason"),
    [
        ("died", True, "one word"),
        ("  Died!!  ", True, "marks and blanks do not count"),
        ("stop", False, "a command"),
        ("STOP.", False, "a command in capitals"),
        ("my plant died", False, "three words"),
        ("<email>", True, "a placeholder"),
        ("don't", False, "two words in one"),
        ("", False, "no word"),
        ("a" * 40, False, "longer than a word"),
    ],
)
def test_a_single_word_is_known_by_the_catalogue(
    tokenizer: Tokenizer, encoder: FakeEncoder, utterance: str, reason: str, *, is_lone: bool
) -> None:
    """The prediction tells a single word that is no example, so that it decides nothing alone."""
    commands = frozenset({"stop"})

    assert is_lone_word(utterance, commands) is is_lone, reason
    assert cascade_of(tokenizer, encoder, commands=commands).predict_now(utterance).is_lone_word is is_lone, reason


def test_misspelt_words_are_read_as_they_were_meant(tokenizer: Tokenizer, encoder: FakeEncoder) -> None:
    """The lexical head knows the corrected word, and settles on it."""
    misspelt = SURE.replace("parcel", "pracel")

    assert cascade_of(tokenizer, encoder).stage_of(misspelt) is Stage.ENCODER
    assert cascade_of(tokenizer, encoder, speller=Speller({"parcel": 3})).stage_of(misspelt) is Stage.LEXICAL


def test_scores_of_either_stage_can_be_had(cascade: Cascade, encoder: FakeEncoder) -> None:
    """Those of the lexical head alone do not ask the encoder; mixed ones are half of each here."""
    lexical = cascade.scores(SURE, Stage.LEXICAL)[: len(LABELS)]
    assert encoder.calls == 0

    np.testing.assert_allclose(lexical, [0.0, 10.0])
    np.testing.assert_allclose(cascade.scores(SURE, Stage.ENCODER)[: len(LABELS)], [3.0, 5.0])
    np.testing.assert_allclose(cascade.embedding(SURE), [1.0])


async def test_a_word_tells_in_the_scores_that_are_served(cascade: Cascade, executor: BoundedExecutor) -> None:
    """Without "parcel" the lexical head has nothing left of its 10."""
    explanation = await ServedCascade(cascade, executor).explain(SURE, "track_order", seconds_left=5.0)

    assert explanation is not None
    assert explanation.words == ((7, 13, 10.0),)
    assert explanation.examples == ()


@pytest.mark.parametrize(("seconds_left", "capacity"), [(None, 0), (0.0, 2)], ids=["no room", "no time"])
async def test_nothing_is_explained_without_room_or_time(
    cascade: Cascade, encoder: FakeEncoder, seconds_left: float | None, capacity: int
) -> None:
    """The encoder is not begun."""
    executor = BoundedExecutor(threads=1, capacity=capacity)
    explanation = await ServedCascade(cascade, executor).explain(SURE, "track_order", seconds_left=seconds_left)
    executor.close()

    assert explanation is None
    assert encoder.calls == 0


async def test_an_explanation_that_takes_too_long_is_not_waited_for(
    cascade: Cascade, encoder: FakeEncoder, executor: BoundedExecutor
) -> None:
    """The slot comes back when the encoder is done."""
    encoder.may_answer.clear()

    assert await ServedCascade(cascade, executor).explain(SURE, "track_order", seconds_left=0.02) is None

    encoder.may_answer.set()
    assert await is_empty(executor)


async def is_empty(executor: BoundedExecutor) -> bool:
    """Whether every slot is given back within a second."""
    for _ in range(100):
        if not executor.in_flight:
            return True
        await asyncio.sleep(0.01)
    return False
