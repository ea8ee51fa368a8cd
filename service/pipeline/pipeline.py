"""The way of a contact: redact, understand, decide, record, dispatch, measure. Open this file first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import orjson

from service.catalogue.schema import Catalogue
from service.decide.agenda import said_now, tried_up_to
from service.decide.clarify import clarification
from service.domain.ledger import Ledger
from service.domain.understanding import Stage
from service.errors import (
    IdempotencyConflictError,
    InvalidRequestError,
    StaleTurnError,
    TurnAheadError,
)
from service.measure.instruments import UNKNOWN_ENTRY_POINT, Instruments
from service.pipeline import answer as shape
from service.pipeline.decider import Case, Decided, Decider
from service.pipeline.incoming import IncomingContact
from service.pipeline.kept_text import TextKeeper
from service.pipeline.ladder_walk import LadderWalk
from service.pipeline.reader import ContactReader, Understanding, chosen
from service.pipeline.turn import Turn, tried, turn_of, until_applied
from service.pipeline.turn_order import TurnOrder
from service.record.database.request_deadline import due_within
from service.record.identity import Identity
from service.record.recorder import IdempotencyKey, Recorded, Recorder
from service.redact.chain import Redactor
from service.understand.classifier import Classifier
from service.understand.correction import Move, move_of

LATE_SECONDS = 0.03
"""That a commit may take past the moment at which its answer is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    answer: bytes
    """JSON, as committed."""
    replayed: bool


class Pipeline:
    """Everything one contact passes through; one instance a worker."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        classifier: Classifier,
        redactor: Redactor,
        recorder: Recorder,
        identity: Identity,
        instruments: Instruments,
        walk: LadderWalk,
        on_dispatch: Callable[[], None],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        idempotency_retention: timedelta,
        turn_order: TurnOrder | None = None,
    ) -> None:
        """`turn_order` is shared with the pipelines before and after this one, where there are any."""
        self.catalogue = catalogue
        self.classifier = classifier
        self._redactor = redactor
        self._keeper = TextKeeper(catalogue) if catalogue.keeps_any_text else None
        self._recorder = recorder
        self._identity = identity
        self._instruments = instruments
        self._walk = walk
        self._on_dispatch = on_dispatch
        self._clock = clock
        self._new_id = new_id
        self._retention = idempotency_retention
        self._turn_order = turn_order or TurnOrder()
        self.decider = Decider(catalogue=catalogue, bundle=classifier.version, walk=walk, new_id=new_id)

    async def advise(self, approach: IncomingContact) -> bytes:
        """The answer of `/intent`, as JSON: what the contact is about. Nothing is stored."""
        understanding = await self._understand(approach)
        self._measure(understanding)
        return orjson.dumps(self._advice(understanding, approach))

    async def route(self, approach: IncomingContact) -> Routed:
        """The answer of `/route`, committed: what the contact is about and where it goes.

        Turns of one contact are applied one after another, in the order in which they came. Raises
        InvalidRequestError, IdempotencyConflictError, TurnConflictError, StaleTurnError, TurnAheadError,
        OverloadedError or StorageUnavailableError.
        """
        due_seconds = None if approach.due_seconds is None else approach.due_seconds + LATE_SECONDS
        with due_within(due_seconds):
            async with self._turn_order.queue(approach.contact_id) as place:
                understanding = await self._understand(approach.leaving_time_to_commit())
                await place.reached()
                return await until_applied(lambda: self._apply(understanding, approach))

    async def _apply(self, understanding: Understanding, approach: IncomingContact) -> Routed:
        now = self._clock()
        key = self._idempotency(approach)
        ledger = await self._ledger(approach, now)
        recorded = await self._find_applied(approach, key, ledger, now)
        if recorded is None:
            decided = await self._decide(understanding, approach, ledger, now)
            try:
                recorded = await self._record(decided, key)
            except IdempotencyConflictError as error:
                if approach.turn is None or approach.idempotency_key is not None:
                    raise
                raise stale(approach.turn) from error
            if not recorded.replayed:
                self._measure(understanding, is_read=approach.choice is None)
                self._measure_route(decided)
        if recorded.replayed:
            self._instruments.replays.inc()
        return Routed(answer=self._addressed(recorded, approach), replayed=recorded.replayed)

    async def _record(self, decided: Decided, key: IdempotencyKey | None) -> Recorded:
        recorded = await self._recorder.record(
            decided.decision,
            idempotency=key,
            answer=decided.answer,
            dispatches=decided.departure.dispatches,
            steps=decided.departure.steps,
            change=decided.change,
            events=decided.events if decided.change is not None else (),
            text=decided.text,
        )
        if decided.departure.dispatches and not recorded.replayed:
            self._on_dispatch()
        return recorded

    # what is held about the contact

    async def _ledger(self, approach: IncomingContact, now: datetime) -> Ledger:
        """Of a contact that nobody has named before nothing can be held, and nothing is looked up."""
        if approach.contact_id is None:
            return Ledger(contact_key="")
        ledger = await self._recorder.ledger(self._identity.contact_key(approach.contact_id), now)
        return replace(ledger, agenda=ledger.agenda.within(self.catalogue.intents))

    async def _find_applied(
        self, approach: IncomingContact, key: IdempotencyKey | None, ledger: Ledger, now: datetime
    ) -> Recorded | None:
        """The answer to a turn that was applied before; `None` if this is the next. A refusal if it is neither."""
        number = approach.turn
        if number is None or not ledger.is_known or number == ledger.turns + 1:
            return None
        if number > ledger.turns + 1:
            raise TurnAheadError(
                f"The next turn of the contact is number {ledger.turns + 1}.",
                field="turn",
                mend="Send the turns before it first, then this one again.",
                retry_after_seconds=1,
            )
        replay = None if key is None else await self._recorder.find_replay(key, now)
        if replay is None:
            raise stale(number)
        return replay

    # redact and understand

    async def _understand(self, approach: IncomingContact) -> Understanding:
        if approach.choice is not None:
            return chosen(self._require_intent(approach.choice, "choice"), self.catalogue)
        deadline = None if approach.seconds_left is None else perf_counter() + approach.seconds_left
        reader = ContactReader(
            redactor=self._redactor,
            classifier=self.classifier,
            catalogue=self.catalogue,
            top_k=approach.top_k,
            deadline=deadline,
            explain=approach.explain,
        )
        return await reader.read(approach.turns)

    # decide

    def _advice(self, understanding: Understanding, approach: IncomingContact) -> dict[str, Any]:
        verdict = understanding.verdict
        question = clarification(verdict, self.catalogue, approach.entry_point)
        return {
            "status": verdict.status,
            "goals": shape.goals(verdict, explain=approach.explain),
            "candidates": shape.candidates(understanding.prediction, approach.top_k),
            "clarify": shape.clarify(question),
            "next": shape.next_step(verdict, self.catalogue),
            "content_policy": shape.content_policy([goal.intent for goal in verdict.goals]),
            "bundle": self.classifier.version,
            "catalogue": self.catalogue.version,
            "degraded": understanding.prediction.cut_short,
        }

    async def _decide(
        self, understanding: Understanding, approach: IncomingContact, ledger: Ledger, now: datetime
    ) -> Decided:
        verdict, decision_id = understanding.verdict, self._new_id()
        move = Move.STATES if approach.choice is not None else move_of(understanding.utterance)
        said = said_now(
            verdict,
            ledger.agenda,
            newest=approach.newest,
            turn=ledger.turns + 1,
            at=now,
            corrects=move is Move.REPLACES,
            withdraws=move is Move.WITHDRAWS,
        )
        repeat_key = await self._repeat_key(approach.repeat_ref, now)
        is_repeat = repeat_key is not None and await self._recorder.is_repeat(repeat_key)
        turn = turn_of(said, verdict, ledger, self.catalogue, is_repeat=is_repeat)
        question = None
        if turn.goal is None and not ledger.asked:  # a contact is asked once; after that a person takes it
            question = clarification(verdict, self.catalogue, approach.entry_point)
        path = self.catalogue.path_of(turn.goal) if turn.goal is not None else self.catalogue.human_path
        dispatch = approach.dispatch and question is None and not turn.is_under_way  # what is asked about is not begun
        placement = self.decider.place(
            path, approach.channel, now, after=tried_up_to(turn.held, path.name), dispatch=dispatch
        )
        contact_key = ledger.contact_key or self._identity.contact_key(self._contact_id(approach, decision_id))
        is_held = approach.contact_id is not None and (approach.dispatch or question is not None)
        decided = self.decider.decide(
            Case(
                decision_id=decision_id,
                contact_key=contact_key,
                repeat_key=repeat_key,
                channel=approach.channel,
                entry_point=self._known_entry_point(approach.entry_point),
                wrong_door=turn.goal is not None and self.catalogue.is_wrong_door(approach.entry_point, turn.goal),
                attributes=approach.attributes,
                turn=turn,
                verdict=verdict,
                question=question,
                path=path,
                placement=placement,
                tried=await self._tried(turn),
                degraded=understanding.prediction.cut_short,
                candidates=shape.candidates(understanding.prediction, approach.top_k),
                explain=approach.explain,
                is_held=is_held,
                counts=approach.dispatch,
                at=now,
                is_advice=not approach.dispatch,
            )
        )
        if self._keeper is None or not approach.dispatch or approach.choice is not None:
            return decided
        return replace(decided, text=await self._keeper.find_kept(understanding, decided.change, now))

    async def _tried(self, turn: Turn) -> tuple[str, ...]:
        """The rungs that the goal of a turn was led to before, with what became of it there."""
        held = turn.held
        if held is None or held.decision_id is None:
            return ()
        return tried(held, await self._recorder.list_steps(held.decision_id), self.catalogue)

    def _require_intent(self, intent: str, name: str) -> str:
        if intent not in self.catalogue.intents:
            raise InvalidRequestError(
                f"{name}: The catalogue has no such intent.", field=name, mend="Send the name of an option or intent."
            )
        return intent

    def _contact_id(self, approach: IncomingContact, decision_id: str) -> str:
        return approach.contact_id or self._identity.anonymous_contact_id(decision_id)

    def _addressed(self, recorded: Recorded, approach: IncomingContact) -> bytes:
        """The recorded answer with the caller's own contact id and the tokens, which are kept nowhere."""
        contact_id = self._contact_id(approach, recorded.decision_id)
        mine = {
            "contact_id": contact_id,
            "contact_token": self._identity.contact_token(contact_id),
            "outcome_token": self._identity.outcome_token(recorded.decision_id),
        }
        return recorded.answer[:-1] + b"," + orjson.dumps(mine)[1:]

    async def _repeat_key(self, repeat_ref: str | None, now: datetime) -> str | None:
        if repeat_ref is None:
            return None
        return self._identity.repeat_key(repeat_ref, await self._recorder.daily_key(now.date()))

    def _known_entry_point(self, entry_point: str | None) -> str | None:
        """Names that the catalogue does not know are free text of the caller's: they are counted, not kept."""
        if entry_point is None:
            return None
        return entry_point if entry_point in self.catalogue.entry_points else UNKNOWN_ENTRY_POINT

    # record

    def _idempotency(self, approach: IncomingContact) -> IdempotencyKey | None:
        """The caller's key, or the contact and its turns: the same ones get the same decision."""
        identity = self._identity
        if approach.idempotency_key is not None:
            key_hash = identity.idempotency_key("header", approach.idempotency_key)
            body_hash = identity.body_hash(approach.body)
        elif approach.contact_id is not None:
            turns = [(turn.speaker, turn.raw_text) for turn in approach.turns]
            body_hash = identity.body_hash(orjson.dumps(turns if approach.choice is None else approach.choice))
            # Who was only advised, and then has the contact dispatched, is not given the advice again.
            kind = "turn" if approach.dispatch else "advice"
            which = body_hash if approach.turn is None else str(approach.turn)
            key_hash = identity.idempotency_key(kind, approach.contact_id, which)
        else:
            return None
        return IdempotencyKey(key_hash=key_hash, body_hash=body_hash, retention=self._retention)

    # measure

    def _measure(self, understanding: Understanding, *, is_read: bool = True) -> None:
        for goal in understanding.verdict.goals:
            self._instruments.goals.labels(goal.intent).inc()
        if is_read:
            self._measure_reading(understanding)

    def _measure_reading(self, understanding: Understanding) -> None:
        instruments, prediction, verdict = self._instruments, understanding.prediction, understanding.verdict
        instruments.lexical_seconds.observe(prediction.lexical_seconds)
        if prediction.stage is Stage.ENCODER:
            instruments.encoder_seconds.observe(prediction.encoder_seconds)
        if prediction.cut_short:
            instruments.cut_short.inc()
        instruments.confidence[prediction.stage].observe(verdict.confidence)
        if verdict.reason is not None:
            instruments.abstentions[verdict.reason].inc()

    def _measure_route(self, decided: Decided) -> None:
        decision = decided.decision
        entry_point = decision.entry_point or "none"
        self._instruments.contacts.labels(entry_point, decision.channel or "none").inc()
        if decision.wrong_door and decision.goal is not None:
            self._instruments.wrong_doors.labels(entry_point, decision.goal).inc()
        self._instruments.count_effort(decided.events)


def stale(turn: int) -> StaleTurnError:
    return StaleTurnError(
        f"Turn {turn} of the contact was applied before, and was another.",
        field="turn",
        mend="Number every new turn one higher than the last.",
    )
