"""Stored facts about a contact, read for its next turn: the ledger, and the rungs that were tried for a goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from service.catalogue.schema import Catalogue
from service.domain.delivery import Step
from service.domain.ledger import GoalState, HeldGoal, Ledger
from service.domain.outcome import OutcomeResult
from service.errors import InvalidRequestError
from service.record.recorder import Recorder


async def read_ledger(recorder: Recorder, contact_key: str, catalogue: Catalogue, now: datetime) -> Ledger:
    """Return the ledger of a contact, without goals that the catalogue has dropped. Empty for a new contact."""
    ledger = await recorder.ledger(contact_key, now)
    return replace(ledger, agenda=ledger.agenda.within(catalogue.intents))


async def list_tried(recorder: Recorder, held: HeldGoal | None, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the rungs that were tried for a goal, each with the state that the contact reached there."""
    if held is None or held.decision_id is None:
        return ()
    if steps := await recorder.list_steps(held.decision_id):
        return tried_by(steps)
    served = held.state is GoalState.BEING_SERVED
    return tried_at(catalogue, held.path, held.rung, GoalState.BEING_SERVED if served else OutcomeResult.NOT_DONE)


def tried_by(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the names of steps, each with its state."""
    return tuple([f"{step.name}: {step.state}" for step in steps])


def tried_at(catalogue: Catalogue, path_name: str | None, rung: int | None, state: str) -> tuple[str, ...]:
    """Return the one rung of a decision without steps. Empty if the catalogue has dropped the rung."""
    path = catalogue.paths.get(path_name or "")
    if path is None or rung is None or rung >= len(path.rungs):
        return ()
    return (f"{path.rungs[rung].name}: {state}",)


def require_intent(intent: str, catalogue: Catalogue, *, field: str) -> str:
    """Return the intent. Raises InvalidRequestError, naming `field`, if the catalogue lacks the intent."""
    if intent not in catalogue.intents:
        raise InvalidRequestError(
            f"{field}: The catalogue has no such intent.",
            field=field,
            mend="Send the name of an intent of the catalogue.",
        )
    return intent
