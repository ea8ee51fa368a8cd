"""Fields of a form as a program wrote them, and their places."""

from __future__ import annotations

from service.hear.encoded_field import EncodedField, decoded
from service.hear.mapped_text import Edit, MappedText, Stretch


def test_values_are_lines_and_codes_are_characters() -> None:
    """Each value keeps its place, in the new text and in the raw one."""
    raw = r"a=tea\u0026milk;b=now"
    fields = [EncodedField("a", Stretch(2, 15), [Edit(5, 11, "&")]), EncodedField("b", Stretch(18, 21))]
    words, values = decoded(MappedText.of(raw), fields)

    assert words.text == "tea&milk\nnow"
    assert values == [Stretch(0, 8), Stretch(9, 12)]
    assert words.to_raw(3, 4) == Stretch(5, 11)
    assert words.to_raw(*values[1]) == Stretch(18, 21)
