"""The facts about a catalogue's intents that a reading needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.catalogue.schema import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentTable:
    """Titles of intents, and which of them press. Training makes one without any catalogue."""

    titles: Mapping[str, str] = field(repr=False)
    urgent: frozenset[str] = frozenset()
    person: str | None = None
    """The intent of contacts that ask for a person."""

    @classmethod
    def of(cls, catalogue: Catalogue) -> IntentTable:
        """The table of a catalogue."""
        return cls(
            titles={name: intent.title for name, intent in catalogue.intents.items()},
            urgent=frozenset(name for name, intent in catalogue.intents.items() if intent.urgent),
            person=catalogue.policy.human_intent,
        )

    @classmethod
    def of_labels(cls, labels: Iterable[str], *, urgent: frozenset[str], person: str | None) -> IntentTable:
        """A table of labels that have no titles."""
        return cls(titles={label: label for label in labels}, urgent=urgent, person=person)
