"""Priority of a contact with an urgent goal on its agenda, in any queue."""

from __future__ import annotations

from dataclasses import dataclass

from service.catalogue.schema import Catalogue, QueueRung, Rung
from service.domain.ledger import Agenda


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    priority: int
    """Priority that replaces that of the rung."""
    intent: str
    """The urgent intent."""

    @property
    def reason(self) -> str:
        return f"It goes ahead in the queue (priority {self.priority}), since {self.intent} is urgent."


def find_urgency(rung: Rung, agenda: Agenda, catalogue: Catalogue) -> Urgency | None:
    """Return the priority of the urgent goal's own queue, if that is higher than the priority of the rung.

    Only a queue has a priority. 1 is the highest.
    """
    if not isinstance(rung, QueueRung):
        return None
    found = [
        Urgency(priority=own.priority, intent=goal.intent)
        for goal in agenda.active
        if catalogue.intents[goal.intent].urgent
        for own in catalogue.path_of(goal.intent).rungs
        if isinstance(own, QueueRung) and own.priority < rung.priority
    ]
    return min(found, key=lambda urgency: urgency.priority, default=None)
