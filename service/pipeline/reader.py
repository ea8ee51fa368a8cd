"""Reads a contact: redacts its turns and finds its goals, with their places in the caller's own text.

The one reader: of the service, of `errand classify` and `errand evaluate`, and of the guarantee on misroutes. Long
texts are read clause by clause, conversations from their newest turn back. `understand.text_segment` decides which
texts to read, `understand.merge` makes one verdict of them, and this module fetches the predictions.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import ParamSpec, TypeVar

from service.catalogue.schema import Catalogue
from service.domain.understanding import (
    MAX_TURNS,
    NO_GOAL_YET,
    Abstention,
    Candidate,
    Evidence,
    Goal,
    NoGoal,
    Prediction,
    Speaker,
    Stage,
    Status,
    TellingWord,
    Understanding,
    Verdict,
    Why,
)
from service.hear.automatic import AutomaticEvidence
from service.hear.hear import Heard, HeardKind, hear
from service.pipeline.held_contact import require_intent
from service.pipeline.incoming import IncomingContact, RawTurn
from service.redact.chain import Redactor
from service.redact.span import Redacted
from service.understand.classifier import Classifier
from service.understand.intents import IntentTable
from service.understand.merge import CustomerTurn, Part, TextReader, concluded, looks_back, taken_back
from service.understand.text_segment import Outline, Passage, Segment, outline
from service.understand.turn_answer import said_in

MAX_TURNS_READ = 8
"""Customer turns that the classifier reads in search of a goal. Bare answers are passed over."""
LONG_TEXT = 600
"""Characters from which a text is worked on in a thread, since that may take more than a millisecond."""
CLAUSES_AT_ONCE = 2
"""Clauses of one text that may wait for the encoder, so that a long text does not fill its queue."""
FEWEST_CANDIDATES = 4
"""Asked of the classifier however few the caller wants: a clarifying question may need them."""
MAX_EVIDENCE = 8
BURST_WORDS, MOST_IN_A_BURST = 3, 5
"""Words of a message, and messages in a row, that are read as one sentence."""
WORD = re.compile(r"\S+")
NO_GOALS = {kind: NoGoal(kind.value) for kind in HeardKind}

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReader:
    """Reads contacts with one redactor, one classifier and one catalogue."""

    redactor: Redactor
    classifier: Classifier
    catalogue: Catalogue | IntentTable
    """The catalogue, or the facts about intents that reading needs."""
    intents: IntentTable = field(init=False)

    def __post_init__(self) -> None:
        known = self.catalogue
        # The table is derived once, because every contact is read with it.
        object.__setattr__(self, "intents", known if isinstance(known, IntentTable) else IntentTable.of(known))

    @property
    def bundle(self) -> str:
        """Version of the bundle that the classifier comes from."""
        return self.classifier.version

    async def understand(self, contact: IncomingContact) -> Understanding:
        """The verdict on a contact. InvalidRequestError if it chose an option that the catalogue lacks."""
        if contact.choice is not None:
            return chosen(require_intent(contact.choice, self.intents.titles, field="choice"), self.intents)
        return await self.read(
            contact.turns,
            top_k=contact.top_k,
            seconds_left=contact.seconds_left,
            explain=contact.explain,
            headers=contact.headers,
        )

    async def read(
        self,
        turns: Sequence[RawTurn],
        *,
        top_k: int = 3,
        seconds_left: float | None = None,
        explain: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Understanding:
        """The verdict on a conversation of which at least one customer turn has any text.

        After `seconds_left` the lexical head reads the rest alone. With `explain` each goal gives its reasons.
        """
        reading = _Reading(
            redactor=self.redactor,
            classifier=self.classifier,
            intents=self.intents,
            top_k=top_k,
            deadline=None if seconds_left is None else perf_counter() + seconds_left,
            headers=headers,
        )
        understanding = await reading.read(turns)
        return await reading.explained(understanding, turns) if explain else understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One contact being read."""

    redactor: Redactor
    classifier: Classifier
    intents: IntentTable
    top_k: int
    deadline: float | None
    """On the clock of `perf_counter`."""
    headers: Mapping[str, str] | None

    async def read(self, turns: Sequence[RawTurn]) -> Understanding:
        """Read the newest customer turn, and earlier turns as long as they have a say in the goal."""
        first = max(0, len(turns) - MAX_TURNS)
        own = _newest_first(turns)
        places = [place for place in own if place >= first] or own[:1]  # all newer turns may be others'
        if len(turns) == 1:
            return await self._read_turn(turns, places[0])
        heard: list[Understanding] = []
        said: list[CustomerTurn] = []
        room = MAX_TURNS_READ
        for place in places:
            heard.append(await self._read_turn(turns, place))
            said.append(said_in(heard[-1], before=[(turn.speaker, turn.raw_text) for turn in turns[:place]]))
            room -= heard[-1].verdict.no_goal is None  # a bare answer costs nothing to pass over
            if not looks_back(said[-1]) or not room:
                break
        decisive, verdict = concluded(said)
        return replace(heard[decisive], verdict=verdict, newest=heard[0].utterance)

    async def _read_turn(self, turns: Sequence[RawTurn], place: int) -> Understanding:
        if burst := _burst(turns, place):
            return await self._read_burst(turns, burst)
        heard, redacted, plan = await _aside(turns[place].raw_text, self._prepare, turns[place].raw_text)
        if heard.kind is not None and heard.evidence is not AutomaticEvidence.WORDING:
            return without_goal(NO_GOALS[heard.kind], redacted.utterance)
        if not plan.gist.strip():
            return without_goal(NoGoal.NOISE, redacted.utterance)
        understanding = await self._read_text(_HeardTurn(place=place, heard=heard, redacted=redacted), plan)
        if heard.evidence is AutomaticEvidence.WORDING and not understanding.verdict.goals:
            return without_goal(NoGoal.AUTOMATIC, redacted.utterance)
        return understanding

    async def _read_burst(self, turns: Sequence[RawTurn], places: Sequence[int]) -> Understanding:
        """Read several short messages in a row as one sentence."""
        heard = [self._prepare(turns[place].raw_text) for place in places]
        text = " ".join([redacted.utterance for _, redacted, _ in heard])
        kinds = {each.kind for each, _, _ in heard}
        if len(kinds) == 1 and (kind := kinds.pop()) is not None:
            return without_goal(NO_GOALS[kind], text)
        evidence = tuple([Evidence(turn=place, start=0, end=len(turns[place].raw_text)) for place in places])
        prediction = await self.classifier.predict(
            text, top_k=max(self.top_k + 1, FEWEST_CANDIDATES), seconds_left=self._seconds_left()
        )
        verdict = self._judge.verdict(Part(prediction=prediction, evidence=evidence), ())
        return Understanding(prediction=prediction, verdict=verdict, utterance=text)

    def _prepare(self, raw_text: str) -> tuple[Heard, Redacted, Outline]:
        heard = hear(raw_text, headers=self.headers)
        redacted = self.redactor.redact(heard.text)
        return heard, redacted, outline(redacted.utterance)

    async def _read_text(self, turn: _HeardTurn, plan: Outline) -> Understanding:
        utterance = turn.redacted.utterance
        whole = await self._part(plan.gist, turn, plan.passages)
        if plan.is_withdrawn:
            verdict = taken_back(self._judge.verdict(whole, ()), None)
            return Understanding(prediction=whole.prediction, verdict=verdict, utterance=utterance)
        room = asyncio.Semaphore(CLAUSES_AT_ONCE)

        async def read(segment: Segment) -> Part:
            async with room:
                text = utterance[segment.start : segment.end]
                part = await self._part(text, turn, [Passage(segment.start, segment.end)])
                return replace(part, asks=segment.asks, is_courtesy=segment.is_courtesy)

        clauses = await asyncio.gather(*(read(segment) for segment in plan.segments))
        verdict = self._judge.verdict(whole, clauses, is_abridged=plan.is_abridged)
        prediction = _spokesman(verdict, [whole, *clauses])
        is_cut = prediction.cut_short or turn.heard.is_cut
        return Understanding(prediction=replace(prediction, cut_short=is_cut), verdict=verdict, utterance=utterance)

    async def _part(self, text: str, turn: _HeardTurn, found_in: Sequence[Passage]) -> Part:
        top_k = max(self.top_k + 1, FEWEST_CANDIDATES)  # one of them may be the label without a goal
        prediction = await self.classifier.predict(text, top_k=top_k, seconds_left=self._seconds_left())
        return Part(prediction=prediction, evidence=turn.evidence(found_in))

    @property
    def _judge(self) -> TextReader:
        return TextReader(intents=self.intents, thresholds=self.classifier.thresholds)

    def _seconds_left(self) -> float | None:
        return None if self.deadline is None else self.deadline - perf_counter()

    async def explained(self, understanding: Understanding, turns: Sequence[RawTurn]) -> Understanding:
        verdict = understanding.verdict
        goals = [replace(goal, why=await self._why(goal, turns)) for goal in verdict.goals]
        return replace(understanding, verdict=replace(verdict, goals=tuple(goals)))

    async def _why(self, goal: Goal, turns: Sequence[RawTurn]) -> Why | None:
        """The reasons for a goal in its evidence, which all lies in one turn."""
        place = goal.evidence[0].turn
        heard, redacted, _ = await _aside(turns[place].raw_text, self._prepare, turns[place].raw_text)
        turn = _HeardTurn(place=place, heard=heard, redacted=redacted)
        found_in = turn.passages_of(goal.evidence)
        text = " ".join([redacted.utterance[start:end] for start, end in found_in])
        explanation = await self.classifier.explain(text, goal.intent, seconds_left=self._seconds_left())
        if explanation is None:
            return None
        words = [
            TellingWord(turn=place, start=start, end=end, weight=word.weight)
            for word in explanation.words
            for start, end in [turn.to_raw(*_place_in(found_in, word.start, word.end))]
        ]
        return Why(examples=explanation.examples, words=tuple(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeardTurn:
    """One turn, heard and redacted, with the way back to the caller's text."""

    place: int
    heard: Heard
    redacted: Redacted

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        return self.heard.to_raw(*self.redacted.to_raw(start, end))

    def evidence(self, found_in: Sequence[Passage]) -> tuple[Evidence, ...]:
        """Places in the caller's text. If there are very many, the last place covers the rest."""
        first, rest = found_in[: MAX_EVIDENCE - 1], found_in[MAX_EVIDENCE - 1 :]
        shown = [*first, Passage(rest[0].start, rest[-1].end)] if rest else first
        bounds = [self.to_raw(start, end) for start, end in shown]
        return tuple([Evidence(turn=self.place, start=start, end=end) for start, end in bounds])

    def passages_of(self, evidence: Sequence[Evidence]) -> list[Passage]:
        """The passages of the utterance whose places in the caller's text lie in the evidence, word by word."""
        wanted = [(each.start, each.end) for each in evidence if each.turn == self.place]
        places = [Passage(*found.span()) for found in WORD.finditer(self.redacted.utterance)]
        inside = [
            place
            for place in places
            for start, end in [self.to_raw(*place)]
            if any(start < until and end > since for since, until in wanted)
        ]
        return _joined(inside, self.redacted.utterance)


def chosen(intent: str, intents: IntentTable) -> Understanding:
    """The understanding of an option that the customer chose, without any doubt."""
    goal = Goal(intent=intent, title=intents.titles[intent], confidence=1.0, urgent=intent in intents.urgent)
    candidates = (Candidate(intent=intent, confidence=1.0),)
    return Understanding(
        prediction=Prediction(
            candidates=candidates, in_scope=1.0, stage=Stage.LEXICAL, lexical_seconds=0.0, encoder_seconds=0.0
        ),
        verdict=Verdict(status=Status.UNDERSTOOD, reason=None, goals=(goal,), options=(), confidence=1.0),
        utterance="",
    )


def without_goal(no_goal: NoGoal, utterance: str) -> Understanding:
    """The understanding of a turn that names no goal by its form alone."""
    prediction = Prediction(
        candidates=(Candidate(intent=NO_GOAL_YET, confidence=1.0),),
        in_scope=1.0,
        stage=Stage.LEXICAL,
        lexical_seconds=0.0,
        encoder_seconds=0.0,
    )
    verdict = Verdict(
        status=Status.NO_GOAL_YET,
        reason=Abstention.NO_GOAL_YET,
        goals=(),
        options=(),
        confidence=1.0,
        no_goal=no_goal,
    )
    return Understanding(prediction=prediction, verdict=verdict, utterance=utterance)


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
    return own[::-1]


def _burst(turns: Sequence[RawTurn], place: int) -> list[int]:
    """Places of short messages that end with this one and follow each other; empty unless there are several."""
    places: list[int] = []
    while place >= 0 and turns[place].speaker is Speaker.CUSTOMER and len(turns[place].raw_text.split()) <= BURST_WORDS:
        places.append(place)
        place -= 1
    return places[:MOST_IN_A_BURST][::-1] if len(places) > 1 else []


def _joined(words: Sequence[Passage], utterance: str) -> list[Passage]:
    """Words with nothing but blanks between them are one passage."""
    joined: list[Passage] = []
    for word in words:
        if joined and not utterance[joined[-1].end : word.start].strip(" "):
            joined[-1] = Passage(joined[-1].start, word.end)
        else:
            joined.append(word)
    return joined


def _place_in(passages: Sequence[Passage], start: int, end: int) -> Passage:
    """Where offsets in the passages, joined by one character, lie in the text that these are passages of."""
    for passage in passages:
        length = passage.end - passage.start
        if end <= length:
            break
        start, end = start - length - 1, end - length - 1
    return Passage(passage.start + start, passage.start + end)


def _spokesman(verdict: Verdict, parts: Sequence[Part]) -> Prediction:
    """The prediction that the first goal comes from, else the one of the whole text. Cut short if any part was."""
    first = verdict.goals[0].intent if verdict.goals else None
    speaking = [part.prediction for part in parts if part.prediction.candidates[0].intent == first]
    chosen = max(speaking, key=lambda each: each.candidates[0].confidence, default=parts[0].prediction)
    return replace(chosen, cut_short=any(part.prediction.cut_short for part in parts))
