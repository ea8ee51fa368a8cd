"""How soon a contact is to be picked up that has something urgent on its agenda, wherever it waits."""

from __future__ import annotations

from dataclasses import dataclass

from service.catalogue.schema import Catalogue, QueueRung, Rung
from service.domain.ledger import Agenda


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    priority: int
    """Instead of the rung's own."""
    intent: str
    """What is urgent."""

    @property
    def reason(self) -> str:
        return f"It goes ahead in the queue (priority {self.priority}), since {self.intent} is urgent."


def find_urgency(rung: Rung, agenda: Agenda, catalogue: Catalogue) -> Urgency | None:
    """The priority that the catalogue gives to the urgent goal's own queue, where that is higher than the rung's."""
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
