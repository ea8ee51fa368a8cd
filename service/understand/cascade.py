"""The cascade: the lexical head answers if that is safe, otherwise the encoder joins in.

If a text has many unknown words, an encoder of many languages answers alone: the lexical head knows only the language
that it learnt from.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from time import perf_counter

from service.domain.understanding import Candidate, Prediction, Stage, Stance, Thresholds
from service.understand.calibration import Reading, StageCalibration, mix, read
from service.understand.encoder import Encoder, EncoderHead, Floats
from service.understand.example import NO_EXAMPLES, Examples
from service.understand.executor import BoundedExecutor
from service.understand.explanation import Explanation, explain
from service.understand.lexical import LexicalHead
from service.understand.spelling import Speller
from service.understand.stance import StanceHead, has_cue
from service.understand.tokenizer import Tokenizer

FEWEST_TOKENS = 5
"""Least number of word pieces, both edges included, for an answer by the lexical head alone. In shorter texts the head
is too sure: a single word counts as certain as soon as all examples with that word have one intent."""

LONGEST_WORD = 30
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeSettings:
    """Numbers of the cascade, chosen by cross-validation when a bundle is built."""

    encoder_weight: float
    """Share of the encoder's scores in the mix, 0 to 1."""
    settle: float
    """Least confidence at which the lexical head answers alone."""
    strange: float
    """Share of unknown n-grams above which the encoder answers alone. 1.0 (always together) for one language."""
    lexical: StageCalibration
    mixed: StageCalibration
    encoder: StageCalibration


class Cascade:
    """A classifier of two heads. One instance a process, shared by all requests."""

    def __init__(
        self,
        *,
        version: str,
        labels: tuple[str, ...],
        thresholds: Thresholds,
        settings: CascadeSettings,
        tokenizer: Tokenizer,
        lexical_head: LexicalHead,
        encoder: Encoder,
        encoder_head: EncoderHead,
        examples: Examples = NO_EXAMPLES,
        speller: Speller | None = None,
        stance_head: StanceHead | None = None,
        commands: frozenset[str] = frozenset(),
    ) -> None:
        """`commands` holds the single words that are examples of the catalogue. Other single words decide nothing."""
        self.version = version
        self.labels = labels
        self.thresholds = thresholds
        self.tokenizer = tokenizer
        self.lexical_head = lexical_head
        self.examples = examples
        self._speller = speller
        self._stance_head = stance_head
        self._commands = commands
        self._settings = settings
        self._encoder = encoder
        self._encoder_head = encoder_head

    def predict_now(self, utterance: str, *, top_k: int = 3) -> Prediction:
        """Predict in this thread, for the command line and for evaluation."""
        token_ids, reading, lexical_seconds = self._lexical(utterance, top_k)
        is_doubtful = self._is_doubtful(utterance)
        if not is_doubtful and self._is_settled(token_ids, reading):
            return self._prediction(utterance, reading, Stage.LEXICAL, lexical_seconds)
        mixed, encoder_seconds, stance = self._mixed(token_ids, reading, top_k, is_doubtful=is_doubtful)
        return self._prediction(utterance, mixed, Stage.ENCODER, lexical_seconds, encoder_seconds, stance=stance)

    async def predict_in(
        self, executor: BoundedExecutor, utterance: str, *, top_k: int, seconds_left: float | None
    ) -> Prediction:
        """Predict with the encoder in `executor`. If time or room runs out, the lexical head answers alone."""
        token_ids, reading, lexical_seconds = self._lexical(utterance, top_k)
        is_doubtful = self._is_doubtful(utterance)
        if not is_doubtful and self._is_settled(token_ids, reading):
            return self._prediction(utterance, reading, Stage.LEXICAL, lexical_seconds)
        if not executor.has_room or (seconds_left is not None and seconds_left <= 0):
            return self._prediction(utterance, reading, Stage.LEXICAL, lexical_seconds, cut_short=True)
        try:
            async with asyncio.timeout(seconds_left):
                mixed, encoder_seconds, stance = await executor.run(
                    lambda: self._mixed(token_ids, reading, top_k, is_doubtful=is_doubtful)
                )
        except TimeoutError:
            return self._prediction(utterance, reading, Stage.LEXICAL, lexical_seconds, cut_short=True)
        return self._prediction(utterance, mixed, Stage.ENCODER, lexical_seconds, encoder_seconds, stance=stance)

    def stage_of(self, utterance: str) -> Stage:
        """Return the stage that answers an utterance, given time and room."""
        token_ids, reading, _ = self._lexical(utterance, 1)
        is_early = not self._is_doubtful(utterance) and self._is_settled(token_ids, reading)
        return Stage.LEXICAL if is_early else Stage.ENCODER

    def scores(self, utterance: str, stage: Stage) -> Floats:
        """Return raw scores of the given stage: the labels first, shape (labels and more,)."""
        token_ids = self.token_ids(utterance)
        lexical = self.lexical_head.scores(token_ids)
        if stage is Stage.LEXICAL:
            return lexical
        encoded = self._encoder_head.scores(self._encoder.embed([token_ids]))[0]
        return mix(lexical, encoded, self._settings.encoder_weight)

    def token_ids(self, utterance: str) -> list[int]:
        """Return the token ids of an utterance, its misspelt words corrected."""
        return self.tokenizer.token_ids(utterance, self._speller)

    def embedding(self, utterance: str) -> Floats:
        """Return the output of the encoder, shape (dimensions,)."""
        embedding: Floats = self._encoder.embed([self.token_ids(utterance)])[0]
        return embedding

    def _lexical(self, utterance: str, top_k: int) -> tuple[list[int], Reading, float]:
        started = perf_counter()
        token_ids = self.token_ids(utterance)
        reading = read(self.lexical_head.scores(token_ids), self._settings.lexical, top_k)
        return token_ids, reading, perf_counter() - started

    def _is_settled(self, token_ids: Sequence[int], reading: Reading) -> bool:
        is_sure = len(token_ids) >= FEWEST_TOKENS and reading.confidences[0] >= self._settings.settle
        return is_sure and not self._is_strange(reading)

    def _is_doubtful(self, utterance: str) -> bool:
        """Whether the stance has to be asked for, which takes the encoder."""
        return self._stance_head is not None and has_cue(utterance)

    def _is_strange(self, lexical: Reading) -> bool:
        return float(lexical.scores[-1]) > self._settings.strange

    def _mixed(
        self, token_ids: Sequence[int], lexical: Reading, top_k: int, *, is_doubtful: bool
    ) -> tuple[Reading, float, Stance]:
        started = perf_counter()
        embedding = self._encoder.embed([token_ids])
        encoded = self._encoder_head.scores(embedding)[0]
        if self._is_strange(lexical):
            reading = read(encoded, self._settings.encoder, top_k)
        else:
            reading = read(mix(lexical.scores, encoded, self._settings.encoder_weight), self._settings.mixed, top_k)
        stance = Stance.WANTS
        if is_doubtful and self._stance_head is not None:
            stance = self._stance_head.stance(embedding[0], reading.top[0])
        return reading, perf_counter() - started, stance

    def _prediction(
        self,
        utterance: str,
        reading: Reading,
        stage: Stage,
        lexical_seconds: float,
        encoder_seconds: float = 0.0,
        *,
        stance: Stance = Stance.WANTS,
        cut_short: bool = False,
    ) -> Prediction:
        return Prediction(
            candidates=tuple(
                [
                    Candidate(intent=self.labels[label], confidence=confidence)
                    for label, confidence in zip(reading.top, reading.confidences, strict=True)
                ]
            ),
            in_scope=reading.in_scope,
            stage=stage,
            lexical_seconds=lexical_seconds,
            encoder_seconds=encoder_seconds,
            stance=stance,
            is_lone_word=is_lone_word(utterance, self._commands),
            cut_short=cut_short,
        )


def is_lone_word(utterance: str, commands: Container[str]) -> bool:
    """Whether a text is a single word that is no command."""
    words = WORD.findall(utterance.lower()) if len(utterance) <= LONGEST_WORD else ()
    return len(words) == 1 and words[0] not in commands


class ServedCascade:
    """The cascade behind a bounded executor, as the service calls it."""

    def __init__(self, cascade: Cascade, executor: BoundedExecutor) -> None:
        self.version = cascade.version
        self.labels = cascade.labels
        self.thresholds = cascade.thresholds
        self.cascade = cascade
        self.executor = executor

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        """See `Classifier.predict`."""
        return await self.cascade.predict_in(self.executor, utterance, top_k=top_k, seconds_left=seconds_left)

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> Explanation | None:
        """See `Classifier.explain`."""
        if not self.executor.has_room or (seconds_left is not None and seconds_left <= 0):
            return None
        try:
            async with asyncio.timeout(seconds_left):
                return await self.executor.run(lambda: explain(self.cascade, utterance, intent))
        except TimeoutError:
            return None
