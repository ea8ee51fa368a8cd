"""Reads a contact: redacts its turns and finds its goals, with their places in the caller's own text.

The one reader: of the service, of `errand classify` and `errand evaluate`, and of the guarantee on misroutes. Long
texts are read clause by clause, conversations from their newest turn back. `understand.text_segment` decides which
texts to read, `understand.merge` makes one verdict of them, and this module fetches the predictions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import ParamSpec, TypeVar

from service.catalogue.schema import Catalogue
from service.domain.understanding import (
    Candidate,
    Evidence,
    Goal,
    Prediction,
    Speaker,
    Stage,
    Status,
    TellingWord,
    Understanding,
    Verdict,
    Why,
)
from service.pipeline.held_contact import require_intent
from service.pipeline.incoming import IncomingContact, RawTurn
from service.redact.chain import Redactor
from service.redact.span import Redacted
from service.understand.classifier import Classifier
from service.understand.correction import Move, move_of
from service.understand.merge import Clause, Said, concluded, looks_back, taken_back, together
from service.understand.message_body import Stretch
from service.understand.text_segment import Segment, outline, segments
from service.understand.verdict import judge

MAX_TURNS_READ = 8
"""Customer turns looked back through for a goal."""
TURNS_OF_AN_ANSWER = 2
"""People answer a question in one message or in two."""
LONG_TEXT = 600
"""Characters from which a text is worked on in a thread, since that may take more than a millisecond."""
CLAUSES_AT_ONCE = 2
"""Clauses of one text that may wait for the encoder, so that a long text does not fill its queue."""
FEWEST_CANDIDATES = 4
"""Asked of the classifier however few the caller wants: a clarifying question may need them."""
MAX_EVIDENCE = 8

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReader:
    """Reads contacts with one redactor, one classifier and one catalogue."""

    redactor: Redactor
    classifier: Classifier
    catalogue: Catalogue

    @property
    def bundle(self) -> str:
        """Version of the bundle that the classifier comes from."""
        return self.classifier.version

    async def understand(self, contact: IncomingContact) -> Understanding:
        """The verdict on a contact. InvalidRequestError if it chose an option that the catalogue lacks."""
        if contact.choice is not None:
            return chosen(require_intent(contact.choice, self.catalogue, field="choice"), self.catalogue)
        return await self.read(
            contact.turns, top_k=contact.top_k, seconds_left=contact.seconds_left, explain=contact.explain
        )

    async def read(
        self, turns: Sequence[RawTurn], *, top_k: int = 3, seconds_left: float | None = None, explain: bool = False
    ) -> Understanding:
        """The verdict on a conversation of which at least one customer turn has any text.

        After `seconds_left` the lexical head reads the rest alone. With `explain` each goal gives its reasons.
        """
        reading = _Reading(
            redactor=self.redactor,
            classifier=self.classifier,
            catalogue=self.catalogue,
            top_k=top_k,
            deadline=None if seconds_left is None else perf_counter() + seconds_left,
        )
        understanding = await reading.read(turns)
        return await reading.explained(understanding, turns) if explain else understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One contact being read."""

    redactor: Redactor
    classifier: Classifier
    catalogue: Catalogue
    top_k: int
    deadline: float | None
    """On the clock of `perf_counter`."""

    async def read(self, turns: Sequence[RawTurn]) -> Understanding:
        """Read the newest customer turn, and earlier turns as long as they have a say in the goal."""
        places = _newest_first(turns)
        if len(places) == 1:
            return await self._read_turn(turns, places[0])
        heard: list[Understanding] = []
        said: list[Said] = []
        for place in places:
            heard.append(await self._read_turn(turns, place))
            said.append(_said(heard[-1], before=turns[:place]))
            if not looks_back(said[-1]):
                break
        decisive, verdict = concluded(said)
        return replace(heard[decisive], verdict=verdict)

    async def _read_turn(self, turns: Sequence[RawTurn], place: int) -> Understanding:
        raw_text = turns[place].raw_text
        redacted = await _aside(raw_text, self.redactor.redact, raw_text)
        utterance = redacted.utterance
        plan = await _aside(utterance, outline, utterance)
        whole = await self._judge(plan.gist, redacted, place, plan.stretches)
        if plan.is_withdrawn:
            return replace(whole, verdict=taken_back(whole.verdict))
        if not plan.needs_clauses(is_understood=bool(whole.verdict.goals)):
            return whole
        cut = await _aside(utterance, segments, utterance, plan.stretches)
        return whole if len(cut) < 2 else await self._read_clauses(whole, cut, redacted, place, plan.is_abridged)

    async def _read_clauses(
        self, whole: Understanding, cut: Sequence[Segment], redacted: Redacted, place: int, is_abridged: bool
    ) -> Understanding:
        room = asyncio.Semaphore(CLAUSES_AT_ONCE)

        async def judged(segment: Segment) -> Understanding:
            async with room:
                text = redacted.utterance[segment.start : segment.end]
                return await self._judge(text, redacted, place, [Stretch(segment.start, segment.end)])

        parts = await asyncio.gather(*(judged(segment) for segment in cut))
        clauses = [Clause(verdict=part.verdict, asks=segment.asks) for part, segment in zip(parts, cut, strict=True)]
        verdict = together(whole.verdict, clauses, is_abridged=is_abridged)
        return replace(whole, verdict=verdict, prediction=_spokesman(verdict, [whole, *parts]))

    async def _judge(self, text: str, redacted: Redacted, place: int, found_in: Sequence[Stretch]) -> Understanding:
        top_k = max(self.top_k + 1, FEWEST_CANDIDATES)  # one of them may be the label without a goal
        prediction = await self.classifier.predict(text, top_k=top_k, seconds_left=self._seconds_left())
        evidence = _evidence(redacted, place, found_in)
        thresholds = self.classifier.thresholds
        verdict = judge(prediction.candidates, prediction.in_scope, evidence, self.catalogue, thresholds)
        return Understanding(prediction=prediction, verdict=verdict, utterance=redacted.utterance)

    def _seconds_left(self) -> float | None:
        return None if self.deadline is None else self.deadline - perf_counter()

    async def explained(self, understanding: Understanding, turns: Sequence[RawTurn]) -> Understanding:
        verdict = understanding.verdict
        goals = [replace(goal, why=await self._why(goal, turns)) for goal in verdict.goals]
        return replace(understanding, verdict=replace(verdict, goals=tuple(goals)))

    async def _why(self, goal: Goal, turns: Sequence[RawTurn]) -> Why | None:
        """Why the goal was found in its evidence, which all lies in one turn."""
        turn = goal.evidence[0].turn
        raw_text = turns[turn].raw_text
        redacted = await _aside(raw_text, self.redactor.redact, raw_text)
        found_in = [_in_utterance(redacted, evidence) for evidence in goal.evidence]
        text = " ".join([redacted.utterance[start:end] for start, end in found_in])
        explanation = await self.classifier.explain(text, goal.intent, seconds_left=self._seconds_left())
        if explanation is None:
            return None
        places = [_place_in(found_in, word.start, word.end) for word in explanation.words]
        bounds = [redacted.to_raw(start, end) for start, end in places]
        words = [
            TellingWord(turn=turn, start=start, end=end, weight=word.weight)
            for word, (start, end) in zip(explanation.words, bounds, strict=True)
        ]
        return Why(examples=explanation.examples, words=tuple(words))


def chosen(intent: str, catalogue: Catalogue) -> Understanding:
    """The understanding of an option that the customer chose, without any doubt."""
    title, urgent = catalogue.intents[intent].title, catalogue.intents[intent].urgent
    goal = Goal(intent=intent, title=title, confidence=1.0, urgent=urgent)
    candidates = (Candidate(intent=intent, confidence=1.0),)
    return Understanding(
        prediction=Prediction(
            candidates=candidates, in_scope=1.0, stage=Stage.LEXICAL, lexical_seconds=0.0, encoder_seconds=0.0
        ),
        verdict=Verdict(status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=1.0),
        utterance="",
    )


async def _aside(
    text: str, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Work on a text: at once where it is short, else in a thread, so that others need not wait."""
    if len(text) < LONG_TEXT:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _newest_first(turns: Sequence[RawTurn]) -> list[int]:
    """Places of customer turns that say anything."""
    own = [place for place, turn in enumerate(turns) if turn.speaker is Speaker.CUSTOMER and turn.raw_text.strip()]
    return own[: -MAX_TURNS_READ - 1 : -1]


def _said(understanding: Understanding, *, before: Sequence[RawTurn]) -> Said:
    move = move_of(understanding.utterance)
    speakers = [turn.speaker for turn in before if turn.speaker is not Speaker.SYSTEM]
    return Said(
        verdict=understanding.verdict,
        keeps_goals=move is Move.ANSWERS,
        adds_goals=move is Move.ADDS,
        drops_goals=move in {Move.REPLACES, Move.WITHDRAWS},
        answers_agent=Speaker.AGENT in speakers[-TURNS_OF_AN_ANSWER:],
    )


def _evidence(redacted: Redacted, place: int, found_in: Sequence[Stretch]) -> tuple[Evidence, ...]:
    """The stretches in the caller's own text; where there are very many, the last covers the rest."""
    first, rest = found_in[: MAX_EVIDENCE - 1], found_in[MAX_EVIDENCE - 1 :]
    shown = [*first, Stretch(rest[0].start, rest[-1].end)] if rest else first
    bounds = [redacted.to_raw(start, end) for start, end in shown]
    return tuple([Evidence(turn=place, start=start, end=end) for start, end in bounds])


def _in_utterance(redacted: Redacted, evidence: Evidence) -> Stretch:
    """The way back from the caller's own text; no evidence begins or ends within what a placeholder stands for."""

    def offset(raw_offset: int) -> int:
        before = [span for span in redacted.spans if span.raw_end <= raw_offset]
        return raw_offset + sum(span.end - span.start - (span.raw_end - span.raw_start) for span in before)

    return Stretch(offset(evidence.start), offset(evidence.end))


def _place_in(stretches: Sequence[Stretch], start: int, end: int) -> Stretch:
    """Where offsets in the stretches, joined by one character, lie in the text that these are stretches of."""
    for stretch in stretches:
        length = stretch.end - stretch.start
        if end <= length:
            break
        start, end = start - length - 1, end - length - 1
    return Stretch(stretch.start + start, stretch.start + end)


def _spokesman(verdict: Verdict, readings: Sequence[Understanding]) -> Prediction:
    """The prediction that the first goal comes from, else that of the whole text; cut short if any was."""
    first = [(goal.intent, goal.confidence) for goal in verdict.goals[:1]]
    speaking = [each for each in readings if first and [(g.intent, g.confidence) for g in each.verdict.goals] == first]
    chosen = (speaking or readings)[0].prediction
    return replace(chosen, cut_short=any(reading.prediction.cut_short for reading in readings))
