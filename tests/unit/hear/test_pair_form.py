"""Forms as browsers send them."""

from __future__ import annotations

import pytest

from service.hear.pair_form import pair_fields

READ = [
    pytest.param("name=Jo&message=hi+there", [("name", "Jo"), ("message", "hi+there")], id="pairs"),
    pytest.param("message=hi+there", [("message", "hi+there")], id="one pair with a name that forms have"),
    pytest.param("data%5Bname%5D=Jo&x=", [("data[name]", "Jo"), ("x", "")], id="a name with brackets"),
    pytest.param("name=Jo&amp;phone=1", [("name", "Jo"), ("phone", "1")], id="as HTML"),
    pytest.param("name=Jo&message=tea & milk", [("name", "Jo"), ("message", "tea & milk")], id="blanks"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_fields_are_names_and_values(text: str, expected: list[tuple[str, str]]) -> None:
    """An ampersand in a value parts nothing."""
    fields = pair_fields(text, 0)

    assert fields is not None
    assert [(each.label, text[each.value.start : each.value.end]) for each in fields] == expected


OTHER = [
    pytest.param("https://example.com/?name=a&message=b", id="an address of a page"),
    pytest.param("x=1&y=2", id="names of no form"),
    pytest.param("my total = 3 & more", id="a sum"),
    pytest.param("why is name=Jo on my bill", id="a pair in a line"),
    pytest.param("text=story", id="one pair without a blank in it"),
    pytest.param("hello", id="a line"),
]


@pytest.mark.parametrize("text", OTHER)
def test_a_text_that_is_no_form_has_no_fields(text: str) -> None:
    """Equals signs are written by people as well."""
    assert pair_fields(text, 0) is None


def test_codes_are_one_character_each() -> None:
    """Whether they are UTF-8 or Latin-1."""
    fields = pair_fields("message=Z%C3%BCrich%E9+a%0A%F0%9F%98%80", 0)

    assert fields is not None
    assert [(edit.replacement, edit.end - edit.start) for edit in fields[0].edits] == [
        ("ü", 6),
        ("é", 3),
        (" ", 1),
        ("\n", 3),
        ("😀", 12),
    ]
