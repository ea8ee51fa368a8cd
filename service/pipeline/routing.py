"""Decides one turn of a contact: reads what the record holds about it, and returns everything to be committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from service.catalogue.schema import Catalogue, Path
from service.decide.agenda import moves_on, tried_up_to
from service.decide.clarify import Clarification, clarification
from service.domain.ledger import Ledger
from service.domain.recording import DecisionWrite
from service.domain.understanding import UNKNOWN_ENTRY_POINT, Status, Understanding
from service.pipeline import answer as shape
from service.pipeline.decider import Case, Decider, Occasion
from service.pipeline.heard_turn import HeardTurn, heard_turn
from service.pipeline.held_contact import GoalProgress, read_progress
from service.pipeline.incoming import IncomingContact
from service.pipeline.kept_text import TextKeeper
from service.pipeline.turn import Turn, turn_of
from service.record.identity import Identity
from service.record.recorder import Recorder


class Routing:
    """Decides turns with one catalogue. One instance a worker."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        decider: Decider,
        recorder: Recorder,
        identity: Identity,
        new_id: Callable[[], str],
    ) -> None:
        self._catalogue = catalogue
        self._decider = decider
        self._recorder = recorder
        self._identity = identity
        self._new_id = new_id
        self._keeper = TextKeeper(catalogue) if catalogue.keeps_any_text else None

    async def decide(
        self, contact: IncomingContact, understanding: Understanding, ledger: Ledger, now: datetime
    ) -> DecisionWrite:
        """The decision on a turn, given the ledger of its contact."""
        heard = heard_turn(contact, understanding, ledger, self._catalogue, now)
        verdict, decision_id = heard.verdict, self._new_id()
        repeat_key = await self._repeat_key(contact.repeat_ref, now)
        is_repeat = repeat_key is not None and await self._recorder.is_repeat(repeat_key)
        turn = turn_of(heard.said, verdict, ledger, self._catalogue, is_repeat=is_repeat)
        path = self._catalogue.path_of(turn.goal) if turn.goal is not None else self._catalogue.human_path
        progress = await read_progress(self._recorder, turn.held, self._catalogue)
        turn = replace(turn, is_called=progress.is_called, moves_on=_moves_on(contact, heard, turn, path, progress))
        places = shape.Places(catalogue=self._catalogue, channel=contact.channel)
        case = Case(
            decision_id=decision_id,
            contact_key=ledger.contact_key or self._contact_key(contact, decision_id),
            is_named=contact.contact_id is not None,
            repeat_key=repeat_key,
            channel=contact.channel,
            entry_point=self._known_entry_point(contact.entry_point),
            occasion=Occasion.TURN if contact.dispatch else Occasion.ADVICE,
            turn=turn,
            verdict=verdict,
            question=self._question(turn, ledger, contact, heard),
            is_confirmed=heard.confirmed is not None and heard.confirmed == turn.goal,
            path=path,
            after=tried_up_to(turn.held, path.name, reached=progress.reached, moves_on=turn.moves_on),
            tried=progress.tried,
            attributes=contact.attributes,
            candidates=tuple(shape.candidates(understanding.prediction, contact.top_k, places)),
            degraded=understanding.prediction.cut_short,
            explain=contact.explain,
            at=now,
        )
        return await self._with_text(self._decider.decide(case), contact, understanding, now)

    def _question(self, turn: Turn, ledger: Ledger, contact: IncomingContact, heard: HeardTurn) -> Clarification | None:
        """The clarifying question. It is asked once for each goal. After that a person takes the contact."""
        was_opened = ledger.question is not None and ledger.question.is_opening
        may_follow = was_opened and heard.verdict.status is Status.AMBIGUOUS
        if turn.goal is not None or turn.is_over or heard.is_denied or (ledger.asked and not may_follow):
            return None
        return clarification(heard.verdict, self._catalogue, contact.entry_point, contact.channel)

    async def _with_text(
        self, write: DecisionWrite, contact: IncomingContact, understanding: Understanding, now: datetime
    ) -> DecisionWrite:
        """With the redacted text, if the catalogue lets it be kept."""
        if self._keeper is None or not contact.dispatch or contact.choice is not None:
            return write
        return replace(write, text=await self._keeper.find_kept(understanding, write.change, now))

    def _contact_key(self, contact: IncomingContact, decision_id: str) -> str:
        return self._identity.contact_key(contact.contact_id or self._identity.anonymous_contact_id(decision_id))

    async def _repeat_key(self, repeat_ref: str | None, now: datetime) -> str | None:
        if repeat_ref is None:
            return None
        return self._identity.repeat_key(repeat_ref, await self._recorder.daily_key(now.date()))

    def _known_entry_point(self, entry_point: str | None) -> str | None:
        """The entry point. A name that the catalogue lacks is free text of the caller, so it is counted, not kept."""
        if entry_point is None:
            return None
        return entry_point if entry_point in self._catalogue.entry_points else UNKNOWN_ENTRY_POINT


def _moves_on(contact: IncomingContact, heard: HeardTurn, turn: Turn, path: Path, progress: GoalProgress) -> bool:
    """Whether the words of the turn lead to the next rung of the path."""
    held, reached = turn.held, progress.reached
    is_here = held is not None and held.path == path.name and reached is not None and reached < len(path.rungs)
    rung = path.rungs[reached] if reached is not None and is_here else None
    talks = bool(contact.agent_said)
    return moves_on(held, heard.said, rung, talks=talks, is_called=progress.is_called)
