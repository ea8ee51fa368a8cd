"""Values of a catalogue stay as they are, and older ones are written as they were."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from service.catalogue.frozen import Frozen


class Shelf(Frozen):
    later = frozenset({"light", "labels"})
    name: str
    width: int = 1
    light: bool = False
    labels: dict[str, str] = Field(default_factory=dict)


def test_a_value_cannot_be_changed() -> None:
    """Nor may it have a key that it does not know."""
    shelf = Shelf(name="a")

    with pytest.raises(ValidationError):
        shelf.name = "b"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Shelf.model_validate({"name": "a", "height": 2})


def test_a_later_field_is_written_only_if_it_is_set() -> None:
    """So that what has none of them has the fingerprint of before."""
    assert Shelf(name="a").model_dump() == {"name": "a", "width": 1}
    assert Shelf(name="a", light=False, labels={}).model_dump_json() == '{"name":"a","width":1}'
    assert Shelf(name="a", light=True, labels={"b": "c"}).model_dump() == {
        "name": "a", "width": 1, "light": True, "labels": {"b": "c"},
    }  # fmt: skip


def test_what_is_written_is_read_as_it_was() -> None:
    """Defaults come back."""
    for shelf in (Shelf(name="a"), Shelf(name="a", light=True)):
        assert Shelf.model_validate_json(shelf.model_dump_json()) == shelf
