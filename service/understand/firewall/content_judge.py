"""Judge the purpose of a text to a customer: as a whole, by its sentences and by their clauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from service.domain.content import ContentKind, JudgedClause, Judgement
from service.errors import OverloadedError
from service.understand.executor import BoundedExecutor
from service.understand.firewall.clause import ClausePart, parts
from service.understand.firewall.head import Firewall
from service.understand.firewall.refusal import Refusal, mend_for, telling_words
from service.understand.tokenizer import MAX_CHARACTERS, MAX_TOKENS

MOST_EXPLAINED: Final = 3
"""Limit of refused parts of a text that are explained. To explain a part takes up to 36 runs of the encoder."""


class _Unit(NamedTuple):
    """A part of a text with its probabilities."""

    start: int
    end: int
    relationship: float
    """Probability that the part promotes."""
    notice: float
    """Probability of a service notice, given that the part is free of promotion."""


class ContentJudge:
    """Judges texts of any length. One instance a process, and several threads may call it at once."""

    def __init__(self, firewall: Firewall) -> None:
        self._firewall = firewall
        self._numbers = firewall.numbers
        self._tokenizer = firewall.tokenizer

    def judge(self, text: str) -> Judgement:
        """Judge one text. Runs the encoder for each sentence and clause, and for the whole text if that fits."""
        return self._judgement(*self._units(text))

    def explain(self, text: str) -> Judgement:
        """Judge one text, and name the words of its surest promotional parts with a way to say these otherwise."""
        judgement = self.judge(text)
        clauses = list(judgement.clauses)
        for place in sorted(_promoting(clauses), key=lambda place: -clauses[place].confidence)[:MOST_EXPLAINED]:
            refusal = self._refusal(text, clauses[place])
            clauses[place] = replace(clauses[place], words=refusal.words, mend=refusal.mend)
        return replace(judgement, clauses=tuple(clauses))

    def promotion_in(self, text: str) -> Refusal | None:
        """Return the part of a text that most surely promotes, flatters or pleads, with its words, or `None`."""
        clauses = self.judge(text).clauses
        surest = max(_promoting(clauses), key=lambda place: clauses[place].confidence, default=None)
        return None if surest is None else self._refusal(text, clauses[surest])

    def _refusal(self, text: str, clause: JudgedClause) -> Refusal:
        refused = text[clause.start : clause.end]
        is_part = refused != text.strip()

        def score(shortened: str) -> float:
            return self._unit(shortened, 0, len(shortened), is_part=is_part).relationship

        words = telling_words(refused, score, self._numbers.threshold)
        return Refusal(refused, words, mend_for(refused, words))

    def _units(self, text: str) -> tuple[list[_Unit], list[_Unit]]:
        """Return all judged parts of a text, then the parts that show the cause of its kind."""
        sentences = [fitting for part in parts(text) for fitting in self._fitting(text, part)]
        judged = [self._judged(text, sentence, is_part=len(sentences) > 1) for sentence in sentences]
        units = [unit for found in judged for unit in found]
        shown = [unit for found in judged for unit in self._told(found)]
        if len(sentences) > 1 and self._fits(text, sentences[0].start, sentences[-1].end):
            whole = self._unit(text, sentences[0].start, sentences[-1].end, is_part=False)
            units.append(whole)
            if self._promotes(whole) and not any(self._promotes(unit) for unit in shown):
                shown = [whole]
        return units, shown

    def _fitting(self, text: str, part: ClausePart) -> Iterator[ClausePart]:
        """Yield the part, or smaller parts if the part is longer than the encoder reads."""
        if self._fits(text, part.start, part.end):
            yield part
        elif part.clauses:
            for clause in part.clauses:
                yield from self._fitting(text, ClausePart(*clause, clauses=()))
        else:
            middle = (part.start + part.end) // 2
            middle = text.rfind(" ", part.start, middle) + 1 or middle
            for start, end in ((part.start, middle), (middle, part.end)):
                if text[start:end].strip():
                    yield from self._fitting(text, ClausePart(start, end, clauses=()))

    def _fits(self, text: str, start: int, end: int) -> bool:
        return end - start <= MAX_CHARACTERS and len(self._tokenizer.token_ids(text[start:end])) < MAX_TOKENS

    def _judged(self, text: str, sentence: ClausePart, *, is_part: bool) -> list[_Unit]:
        """Return the judged sentence, then its clauses."""
        whole = self._unit(text, sentence.start, sentence.end, is_part=is_part)
        return [whole, *[self._unit(text, *clause, is_part=True) for clause in sentence.clauses]]

    def _unit(self, text: str, start: int, end: int, *, is_part: bool) -> _Unit:
        scores = self._firewall.scores(self._tokenizer.token_ids(text[start:end]))
        promotes, fulfils, notifies = scores.tolist()
        numbers = self._numbers
        promotes -= numbers.part_margin * is_part
        return _Unit(start, end, numbers.relationship(promotes), numbers.service_notice(notifies - fulfils))

    def _promotes(self, unit: _Unit) -> bool:
        return unit.relationship >= self._numbers.threshold

    def _told(self, units: Sequence[_Unit]) -> list[_Unit]:
        """Return the clauses if a clause promotes, else the sentence, which is the first unit."""
        sentence, *clauses = units
        return clauses if any(self._promotes(clause) for clause in clauses) else [sentence]

    def _judgement(self, units: Sequence[_Unit], shown: Sequence[_Unit]) -> Judgement:
        length = sum(unit.end - unit.start for unit in shown)
        notice = sum(unit.notice * (unit.end - unit.start) for unit in shown) / (length or 1)
        kind, confidence = self._kind(max((unit.relationship for unit in units), default=0.0), notice)
        return Judgement(kind=kind, confidence=confidence, clauses=tuple([self._clause(unit) for unit in shown]))

    def _clause(self, unit: _Unit) -> JudgedClause:
        kind, confidence = self._kind(unit.relationship, unit.notice)
        return JudgedClause(start=unit.start, end=unit.end, kind=kind, confidence=confidence)

    def _kind(self, relationship: float, notice: float) -> tuple[ContentKind, float]:
        if relationship >= self._numbers.threshold:
            return ContentKind.RELATIONSHIP, relationship
        kind = ContentKind.SERVICE_NOTICE if notice > 0.5 else ContentKind.FULFILMENT
        return kind, (1.0 - relationship) * max(notice, 1.0 - notice)


def _promoting(clauses: Sequence[JudgedClause]) -> list[int]:
    return [place for place, clause in enumerate(clauses) if clause.kind is ContentKind.RELATIONSHIP]


class ServedJudge:
    """The judge behind a bounded executor, as the service calls it."""

    def __init__(self, judge: ContentJudge, executor: BoundedExecutor) -> None:
        self._judge = judge
        self._executor = executor

    async def judge(self, text: str, *, seconds_left: float) -> Judgement:
        """Judge a text off the event loop. Raises OverloadedError if room or time is missing."""
        return await self._run(lambda: self._judge.judge(text), seconds_left)

    async def explain(self, text: str, *, seconds_left: float) -> Judgement:
        """Judge a text and explain a refusal. Raises OverloadedError if room or time is missing."""
        return await self._run(lambda: self._judge.explain(text), seconds_left)

    async def _run(self, judge: Callable[[], Judgement], seconds_left: float) -> Judgement:
        if not self._executor.has_room:
            raise OverloadedError("More texts are waiting for the encoder than are admitted.", retry_after_seconds=1)
        try:
            async with asyncio.timeout(seconds_left):
                return await self._executor.run(judge)
        except TimeoutError:
            raise OverloadedError("The text could not be judged in time.", retry_after_seconds=1) from None
