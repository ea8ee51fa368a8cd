"""Forms in JSON."""

from __future__ import annotations

import pytest

from service.hear.json_form import json_fields

READ = [
    pytest.param('{"a": "b", "c": 3, "d": true}', [("a", "b"), ("c", "3"), ("d", "true")], id="an object"),
    pytest.param('{"a": {"b": [{"c": "d"}, "e"]}, "f": ""}', [("c", "d"), ("b", "e"), ("f", "")], id="objects inside"),
    pytest.param('{"a": null, "b": "c"}', [("b", "c")], id="nothing"),
    pytest.param("{'a': \"it's\", 'b': None}", [("a", "it's")], id="as Python prints it"),
    pytest.param('{a: "b"}', [("a", "b")], id="as JavaScript prints it"),
    pytest.param('[{"name": "a", "value": "b"}, {"value": "d", "name": "c"}]', [("a", "b"), ("c", "d")], id="pairs"),
    pytest.param('{"field": "x", "label": "a", "answers": ["b", "c"]}', [("a", "b"), ("a", "c")], id="several answers"),
    pytest.param('{"a": "b", "c": "d', [("a", "b"), ("c", "d")], id="cut off within a value"),
    pytest.param('{"a": ["b",', [("a", "b")], id="cut off within a list"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_fields_are_names_and_values(text: str, expected: list[tuple[str, str]]) -> None:
    """However deep they lie."""
    found = json_fields(text, 0)

    assert found is not None
    assert found[1] == len(text)
    assert [(each.label, text[each.value.start : each.value.end]) for each in found[0]] == expected


OTHER = [
    pytest.param("{cancel} it", id="braces"),
    pytest.param("[inaudible] hello", id="a mark of a transcriber"),
    pytest.param('{"a" "b"}', id="no colon"),
    pytest.param('{"a": b}', id="a word"),
    pytest.param('{"a": "b"]', id="another bracket"),
    pytest.param("[" * 30, id="too deep"),
    pytest.param("hello", id="a line"),
]


@pytest.mark.parametrize("text", OTHER)
def test_a_text_that_is_no_json_has_no_fields(text: str) -> None:
    """Brackets are written by people as well."""
    assert json_fields(text, 0) is None


def test_escapes_are_one_character_each() -> None:
    """With their places."""
    text = r'{"a": "\"x\"\n\u00e9\ud83d\ude00"}'
    found = json_fields(text, 0)

    assert found is not None
    edits = found[0][0].edits
    assert [edit.replacement for edit in edits] == ['"', '"', "\n", "é", "😀"]
    assert [text[edit.start : edit.end] for edit in edits][-2:] == [r"\u00e9", r"\ud83d\ude00"]
