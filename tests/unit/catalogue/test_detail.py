"""A declared detail: its question, its options, and its place in redacted text."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from service.catalogue.detail import Detail
from service.domain.detail import DetailKind


def a_detail(**fields: Any) -> Detail:
    return Detail.model_validate({"name": "room_number", "kind": "number", **fields})


def test_a_detail_is_asked_for_in_its_own_words() -> None:
    """Or in plain ones."""
    assert a_detail(ask="Which room is it?").question == "Which room is it?"
    assert a_detail().question == "Please tell us the room number."


@pytest.mark.parametrize("kind", DetailKind)
def test_only_a_reference_may_come_from_the_redactor(kind: DetailKind) -> None:
    """What else is redacted stays so."""
    options = ["a", "b"] if kind is DetailKind.CHOICE else []

    assert a_detail(kind=kind, options=options).may_be_redacted == (kind is DetailKind.REFERENCE)


@pytest.mark.parametrize(
    ("kind", "options"), [("choice", []), ("choice", ["a"]), ("choice", ["a", "a"]), ("flag", ["a"])]
)
def test_a_choice_and_nothing_else_has_options(kind: str, options: list[str]) -> None:
    """Two at least."""
    with pytest.raises(ValidationError):
        a_detail(kind=kind, options=options)


def test_the_finder_gets_all_that_it_has_to_know() -> None:
    """The reason is for the customer alone."""
    spec = a_detail(kind="choice", options=["single", "double"], examples=["a {double}"], why="to find one").spec

    assert (spec.name, spec.kind, spec.examples) == ("room_number", DetailKind.CHOICE, ("a {double}",))
    assert spec.ask == "Please tell us the room number."
    assert [option.name for option in spec.options] == ["single", "double"]
