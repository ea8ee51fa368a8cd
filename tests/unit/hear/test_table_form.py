"""Forms as Markdown tables."""

from __future__ import annotations

import pytest

from service.hear.table_form import table_fields

READ = [
    pytest.param(
        "| Field | Value |\n|---|---|\n| Name | Jo |\n| Message | hi |", [("Name", "Jo"), ("Message", "hi")], id="down"
    ),
    pytest.param(
        "| Name | Phone | Message |\n|:--|:-:|--:|\n| Jo | 1 | hi |",
        [("Name", "Jo"), ("Phone", "1"), ("Message", "hi")],
        id="across",
    ),
    pytest.param("| **Email** | a@b |\n| `Comment:` | hi |", [("Email", "a@b"), ("Comment", "hi")], id="dressed names"),
    pytest.param(
        "+------+----+\n| Name | Jo |\n| Text | hi |\n+======+====+",
        [("Name", "Jo"), ("Text", "hi")],
        id="lines around",
    ),
    pytest.param(
        "New mail\n| Name | Jo |\n| Message | hi |",
        [("", "New mail"), ("Name", "Jo"), ("Message", "hi")],
        id="a line above",
    ),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_fields_are_names_and_values(text: str, expected: list[tuple[str, str]]) -> None:
    """In lines or in columns."""
    fields = table_fields(text)

    assert fields is not None
    assert [(each.label, text[each.value.start : each.value.end]) for each in fields] == expected


OTHER = [
    pytest.param("| Item | Qty |\n|---|---|\n| Kettle | 2 |", id="a list of things"),
    pytest.param("a | b | c | d | e", id="a line"),
    pytest.param("|x|y|z|", id="one line"),
]


@pytest.mark.parametrize("text", OTHER)
def test_a_text_that_is_no_form_has_no_fields(text: str) -> None:
    """A table alone is none."""
    assert table_fields(text) is None


def test_an_escaped_bar_parts_no_cells() -> None:
    """It is one character of its cell."""
    fields = table_fields("| Name | Jo |\n| Message | tea \\| milk |")

    assert fields is not None
    assert [edit.replacement for edit in fields[1].edits] == ["|"]
