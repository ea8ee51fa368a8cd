"""Rows read exactly as the service reads contacts: the whole text and its clauses, made one verdict.

Thresholds and guarantees are chosen on these readings, so that they hold for the answers that are served.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import Candidate, Evidence, Prediction, Stage, Stance, Thresholds
from service.understand.intents import IntentTable
from service.understand.merge import Part, TextReader, pressing
from service.understand.text_segment import Outline, outline

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

TOP = 4
"""Candidates of a prediction that a reading looks at, as in the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTexts:
    """The texts that the service reads of some rows: the gist of each row, then its clauses."""

    outlines: tuple[Outline, ...]
    texts: tuple[str, ...]
    rows: Integers
    """Row of each text, ascending. The first text of a row is its gist."""

    @classmethod
    def of(cls, utterances: Sequence[str]) -> RowTexts:
        """The texts of utterances, in order."""
        outlines = tuple(outline(utterance) for utterance in utterances)
        texts: list[str] = []
        rows: list[int] = []
        for row, (utterance, plan) in enumerate(zip(utterances, outlines, strict=True)):
            own = [plan.gist, *(utterance[segment.start : segment.end] for segment in plan.segments)]
            texts += own
            rows += [row] * len(own)
        return cls(outlines=outlines, texts=tuple(texts), rows=np.array(rows, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextScores:
    """Calibrated scores of texts by heads that learnt from other rows."""

    shares: Floats
    """Share of each label if the text is in scope, shape (texts, labels)."""
    in_scope: Floats
    stances: tuple[Stance, ...]
    lone_words: Flags
    """Texts of a single word that is no example, shape (texts,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What readings come to, row by row."""

    routed: Flags
    first_wrong: Flags
    """The first goal differs from the row's."""
    any_wrong: Flags
    """Some goal differs from the row's."""


def _places(plan: Outline) -> Iterator[tuple[Evidence, ...]]:
    """The places of each text of a row: of the gist, then of each clause."""
    for passages in (plan.passages, *([each] for each in plan.segments)):
        yield tuple([Evidence(turn=0, start=start, end=end) for start, end, *_ in passages])


class ServedRows:
    """Rows with the predictions of all their texts, ready to be read at any thresholds."""

    def __init__(
        self,
        texts: RowTexts,
        scores: TextScores,
        labels: Sequence[str],
        truths: Sequence[str | None],
        table: IntentTable,
    ) -> None:
        """`truths` holds the label of each row, `None` for rows out of scope."""
        self._table = table
        self._outlines = texts.outlines
        self.truths = tuple(truths)
        self.parts: list[list[Part]] = [[] for _ in texts.outlines]
        places = [place for plan in texts.outlines for place in _places(plan)]
        top = np.argsort(-scores.shares, axis=1)[:, : min(TOP, len(labels))]
        for text, row in enumerate(texts.rows.tolist()):
            share, scope = scores.shares[text], float(scores.in_scope[text])
            found = [Candidate(intent=labels[label], confidence=float(share[label]) * scope) for label in top[text]]
            self.parts[row].append(
                Part(
                    prediction=Prediction(
                        candidates=tuple(found),
                        in_scope=scope,
                        stage=Stage.ENCODER,
                        lexical_seconds=0.0,
                        encoder_seconds=0.0,
                        stance=scores.stances[text],
                        is_lone_word=bool(scores.lone_words[text]),
                    ),
                    evidence=places[text],
                )
            )
        for plan, parts in zip(self._outlines, self.parts, strict=True):
            parts[1:] = [
                replace(part, asks=segment.asks, is_courtesy=segment.is_courtesy)
                for part, segment in zip(parts[1:], plan.segments, strict=True)
            ]

    def at(self, thresholds: Thresholds) -> Routes:
        """Read every row at some thresholds."""
        reader = TextReader(intents=self._table, thresholds=thresholds)
        goals = [self._goals(reader, row) for row in range(len(self.parts))]
        right = [[goal == truth for goal in found] for found, truth in zip(goals, self.truths, strict=True)]
        return Routes(
            routed=np.array([bool(found) for found in goals], np.bool_),
            first_wrong=np.array([bool(found) and not found[0] for found in right], np.bool_),
            any_wrong=np.array([not all(found) for found in right], np.bool_),
        )

    def _goals(self, reader: TextReader, row: int) -> list[str]:
        plan = self._outlines[row]
        if plan.is_withdrawn:
            return []
        whole, *clauses = self.parts[row]
        return [goal.intent for goal in reader.verdict(whole, clauses, is_abridged=plan.is_abridged).goals]

    def pressing(self, intents: frozenset[str]) -> tuple[Floats, Floats]:
        """For each row the greatest share of its own intent, if that is one of `intents`, and of any other of them."""
        own, other = np.zeros(len(self.parts), np.float32), np.zeros(len(self.parts), np.float32)
        for row, (plan, truth) in enumerate(zip(self._outlines, self.truths, strict=True)):
            parts = [part for part in self.parts[row] if not (plan.is_withdrawn or part.is_courtesy)]
            for part, candidate, share in pressing(parts, self._table):
                is_heard = candidate.intent in self._table.urgent or part.prediction.stance.is_wish
                if candidate.intent in intents and is_heard:
                    kind = own if candidate.intent == truth else other
                    kind[row] = max(kind[row], share)
        return own, other
