"""Stored facts about a contact, read for its next turn: the ledger, and the rungs that were tried for a goal."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.catalogue.schema import Catalogue
from service.domain.delivery import Step, StepState
from service.domain.ledger import GoalState, HeldGoal, Ledger
from service.domain.outcome import OutcomeResult
from service.errors import InvalidRequestError
from service.record.recorder import Recorder


async def read_ledger(recorder: Recorder, contact_key: str, catalogue: Catalogue, now: datetime) -> Ledger:
    """Return the ledger of a contact, without intents that the catalogue has dropped. Empty for a new contact."""
    ledger = await recorder.ledger(contact_key, now)
    question = ledger.question
    if question is not None:
        question = replace(question, options=tuple([each for each in question.options if each in catalogue.intents]))
    return replace(ledger, agenda=ledger.agenda.within(catalogue.intents), question=question)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalProgress:
    """Way of a contact toward one goal so far."""

    tried: tuple[str, ...] = ()
    """Rungs that were tried, each with the state that the contact reached there."""
    reached: int | None = None
    """Lowest rung that the contact was led to."""
    is_called: bool = False
    """True if a call is on its way."""


async def read_progress(recorder: Recorder, held: HeldGoal | None, catalogue: Catalogue) -> GoalProgress:
    """Return the progress toward a goal. Empty for a goal that is new."""
    if held is None or held.decision_id is None:
        return GoalProgress()
    if steps := await recorder.list_steps(held.decision_id):
        own = [step for step in steps if not step.is_extra_mile]
        reached = max([held.rung or 0, *[step.rung for step in own]])
        is_called = any(step.state is StepState.WAITING for step in own)
        return GoalProgress(tried=tried_by(steps), reached=reached, is_called=is_called)
    state = GoalState.BEING_SERVED if held.state is GoalState.BEING_SERVED else OutcomeResult.NOT_DONE
    return GoalProgress(tried=tried_at(catalogue, held.path, held.rung, state), reached=held.rung)


def tried_by(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the names of steps, each with its state."""
    return tuple([f"{step.name}: {step.state}" for step in steps])


def tried_at(catalogue: Catalogue, path_name: str | None, rung: int | None, state: str) -> tuple[str, ...]:
    """Return the one rung of a decision without steps. Empty if the catalogue has dropped the rung."""
    path = catalogue.paths.get(path_name or "")
    if path is None or rung is None or rung >= len(path.rungs):
        return ()
    return (f"{path.rungs[rung].name}: {state}",)


def require_intent(intent: str, intents: Container[str], *, field: str) -> str:
    """Return the intent. Raises InvalidRequestError, naming `field`, if it is none of the catalogue's."""
    if intent not in intents:
        raise InvalidRequestError(
            f"{field}: The catalogue has no such intent.",
            field=field,
            mend="Send the name of an intent of the catalogue.",
        )
    return intent
