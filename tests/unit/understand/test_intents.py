"""The facts about intents that a reading needs."""

from __future__ import annotations

from pathlib import Path

from service.catalogue.loader import load_catalogue
from service.understand.intents import IntentTable
from tests.support.catalogues import write_catalogue


def test_a_catalogue_tells_titles_urgency_and_the_wish_for_a_person(tmp_path: Path) -> None:
    """The table holds every intent of the catalogue."""
    catalogue = load_catalogue(write_catalogue(tmp_path))

    table = IntentTable.of(catalogue)

    assert table.titles == {name: intent.title for name, intent in catalogue.intents.items()}
    assert table.urgent == {name for name, intent in catalogue.intents.items() if intent.urgent}
    assert table.person == catalogue.policy.human_intent == "speak_to_human"


def test_training_makes_a_table_of_labels() -> None:
    """A label is its own title."""
    table = IntentTable.of_labels(("a", "b"), urgent=frozenset({"b"}), person=None)

    assert (table.titles, table.urgent, table.person) == ({"a": "a", "b": "b"}, {"b"}, None)


def test_titles_are_in_no_representation() -> None:
    """A log line of a reading stays short."""
    assert "Track" not in repr(IntentTable(titles={"track_order": "Track an order"}))
