"""A mistake is told as one sentence with its mend."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from service.catalogue.messages import Sentence, keys_of, nearest, sentence, unknown_key, unknown_name
from service.catalogue.schema import EntryPoint, Intent, Path, Policy


@pytest.mark.parametrize(
    ("word", "known", "found", "reason"),
    [
        ("titel", ["title", "path"], "title", "a slip of the pen"),
        ("xyz", ["title", "path"], None, "like none of them"),
        ("titel", ["title"] * 301, None, "so many would take too long"),
        ("titel" + "l" * 46, ["title"], None, "so long a word is no slip"),
        ("titel", [], None, "there is none"),
    ],
)
def test_the_word_that_was_meant_is_found(word: str, known: list[str], found: str | None, reason: str) -> None:
    """It is suggested if it is like enough."""
    assert nearest(word, known) == found, reason


def test_an_unknown_key_is_mended_by_its_like_or_by_the_list() -> None:
    """Very long keys are cut."""
    assert unknown_key("titel", ["title", "path"]) == Sentence(
        "unknown_key", "The key 'titel' is not known here.", "Write 'title' instead."
    )
    assert unknown_key("x" * 300, ["title", "path"]).mend == "Remove it; the keys here are path, title."
    assert len(unknown_key("x" * 300, ["title"]).message) < 150


def test_an_unknown_name_is_mended_by_its_like_or_a_definition() -> None:
    """The kind of entry is said."""
    assert unknown_name("unknown_path", "path", "trak", ["track"]).mend == "Write 'track' instead, or define it."
    assert unknown_name("unknown_path", "path", "moon", ["track"]) == Sentence(
        "unknown_path", "There is no path named 'moon'.", "Define the path, or name one that exists."
    )


SOUND_INTENT = {
    "name": "track_order",
    "title": "Track an order",
    "scenario": {"who": "a", "goal": "b", "done_when": "c"},
    "path": "track_order",
    "examples": ["where is it"],
}


@pytest.mark.parametrize(
    ("model", "change", "said"),
    [
        (Intent, {"title": None}, ("wrong_type", "'title' must be a text.")),
        (Intent, {"title": ""}, ("empty_text", "'title' is empty.")),
        (Intent, {"title": "a" * 501}, ("too_long", "'title' is longer than 500 characters.")),
        (Intent, {"examples": "one"}, ("wrong_type", "'examples' must be a list.")),
        (Intent, {"examples": [1]}, ("wrong_type", "Item 1 of 'examples' must be a text.")),
        (Intent, {"scenario": "a"}, ("wrong_type", "'scenario' must hold keys with values.")),
        (Intent, {"urgent": "perhaps"}, ("wrong_type", "'urgent' must be true or false.")),
        (Intent, {"store_text": "always"}, ("not_in_list", "'store_text' must be 'never' or 'redacted'.")),
        (Intent, {"titel": "a"}, ("unknown_key", "The key 'titel' is not known here.")),
        (Policy, {"misroute_budget": 2}, ("out_of_range", "'misroute_budget' must be at most")),
        (Policy, {"misroute_budget": "much"}, ("wrong_type", "'misroute_budget' must be a number.")),
        (Policy, {"retention": "soon"}, ("bad_duration", "This is not an ISO 8601 duration above zero.")),
    ],
)
def test_errors_are_told_in_words_of_the_catalogue(
    model: type[BaseModel], change: dict[str, Any], said: tuple[str, str]
) -> None:
    """The field is named as it is written, and each has a mend."""
    found = told(model, {**(SOUND_INTENT if model is Intent else {}), **change})

    assert (found.rule, found.message[: len(said[1])]) == said
    assert found.mend


def told(model: Any, values: dict[str, Any]) -> Sentence:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(model).validate_python(values)
    return sentence(refused.value.errors()[0], model)


def test_a_missing_key_is_shown() -> None:
    """With an example of it."""
    found = told(Intent, {name: value for name, value in SOUND_INTENT.items() if name != "title"})

    assert found == Sentence("missing_key", "'title' is missing.", "Add 'title: Cancel a booking'.")


@pytest.mark.parametrize(
    ("rung", "said"),
    [
        ({"name": "desk"}, ("missing_key", "'kind' is missing.")),
        ({"kind": "pigeon", "name": "desk"}, ("not_in_list", "This kind of rung does not exist.")),
        ({"kind": "queue", "name": "desk", "max_wait_seconds": 0}, ("out_of_range", "'max_wait_seconds' must be")),
        ({"kind": "email", "name": "desk", "within": "P1D", "withn": 1}, ("unknown_key", "The key 'withn'")),
    ],
)
def test_mistakes_in_a_rung_are_told(rung: dict[str, Any], said: tuple[str, str]) -> None:
    """The keys are those of its kind."""
    found = told(Path, {"name": "track_order", "rungs": [rung]})

    assert (found.rule, found.message[: len(said[1])]) == said
    assert found.mend


def test_the_name_of_an_entry_is_no_key_of_it() -> None:
    """It is the key above. A rung has its name inside."""
    assert "name" not in keys_of(EntryPoint, [])
    assert "name" in keys_of(Path, ["rungs", 0, "queue"])
