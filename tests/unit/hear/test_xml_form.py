"""Forms in XML."""

from __future__ import annotations

import pytest

from service.hear.xml_form import xml_fields

READ = [
    pytest.param(
        '<?xml version="1.0"?><f><name>Jo</name><message>hi</message></f>',
        [("name", "Jo"), ("message", "hi")],
        id="elements",
    ),
    pytest.param("<name>Jo</name>\n<message>hi</message>", [("name", "Jo"), ("message", "hi")], id="without a root"),
    pytest.param(
        '<f><field name="email">a@b</field><field name="message">hi</field></f>',
        [("email", "a@b"), ("message", "hi")],
        id="names as attributes",
    ),
    pytest.param(
        "<f><item label='Name' value='Jo'/><item label='Question' value='hi'/></f>",
        [("Name", "Jo"), ("Question", "hi")],
        id="values as attributes",
    ),
    pytest.param(
        "<f><name>Jo</name><message><![CDATA[a <b>c</b>]]></message></f>",
        [("name", "Jo"), ("message", "a <b>c</b>")],
        id="character data",
    ),
    pytest.param(
        "<f><name>Jo</name><message>a <b>c</b></message></f>",
        [("name", "Jo"), ("message", "a <b>c</b>")],
        id="words in bold",
    ),
    pytest.param("<s:f><s:name>Jo</s:name><s:text>hi</s:text></s:f>", [("name", "Jo"), ("text", "hi")], id="prefixes"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_fields_are_names_and_values(text: str, expected: list[tuple[str, str]]) -> None:
    """An element with other fields inside is none."""
    fields = xml_fields(text, 0)

    assert fields is not None
    assert [(each.label, text[each.value.start : each.value.end]) for each in fields] == expected


OTHER = [
    pytest.param("<html><head><title>a</title></head><body>b</body></html>", id="a page"),
    pytest.param("<p>a</p><p>message</p>", id="paragraphs"),
    pytest.param("<table><tr><td>name</td></tr></table>", id="a table"),
    pytest.param("<email> is my address, <name>", id="placeholders"),
    pytest.param("<a><b></a>", id="no fields"),
    pytest.param("hello", id="a line"),
]


@pytest.mark.parametrize("text", OTHER)
def test_a_text_that_is_no_form_has_no_fields(text: str) -> None:
    """Pages and placeholders have brackets, too."""
    assert xml_fields(text, 0) is None


def test_entities_are_one_character_each() -> None:
    """In elements and in attributes."""
    fields = xml_fields("<f><name>A&amp;B</name><field label='message' value='it&#39;s'/></f>", 0)

    assert fields is not None
    assert [edit.replacement for each in fields for edit in each.edits] == ["&", "'"]
