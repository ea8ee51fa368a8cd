"""The way back from a text that was made to the text that it was made from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.hear.mapped_text import Edit, MappedText, Stretch

TEXTS = st.text(alphabet="abc \n<&>", max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, MappedText]:
    """A text after up to three rounds of edits."""
    raw = draw(TEXTS)
    mapped = MappedText.of(raw)
    for _ in range(draw(st.integers(0, 3))):
        places = sorted(draw(st.lists(st.integers(0, len(mapped.text)), max_size=6)))
        pairs = zip(places[::2], places[1::2], strict=False)
        mapped = mapped.edited([Edit(start, end, draw(st.sampled_from(["", " ", "xyz"]))) for start, end in pairs])
    return raw, mapped


@given(edited())
def test_places_are_within_the_original_and_in_order(case: tuple[str, MappedText]) -> None:
    """No edit moves a place beyond the text or past its neighbour."""
    raw, mapped = case
    places = [mapped.to_raw(offset, offset + 1) for offset in range(len(mapped.text))]

    assert all(0 <= start <= end <= len(raw) for start, end in places)
    assert all(above.start <= below.start and above.end <= below.end for above, below in zip(places, places[1:]))  # noqa: B905, RUF007


@given(edited(), st.data())
def test_any_part_has_a_place(case: tuple[str, MappedText], data: st.DataObject) -> None:
    """Empty parts and the end of the text have one as well."""
    raw, mapped = case
    start = data.draw(st.integers(0, len(mapped.text)))
    end = data.draw(st.integers(start, len(mapped.text)))
    place = mapped.to_raw(start, end)

    assert 0 <= place.start <= place.end <= len(raw)


def test_a_kept_part_is_the_same_in_the_original() -> None:
    """Offsets survive two rounds of edits."""
    once = MappedText.of("one two three four").edited([Edit(0, 4), Edit(8, 13, "3")])
    twice = once.edited([Edit(0, 3, "II")])

    assert twice.text == "II 3 four"
    assert twice.to_raw(5, 9) == Stretch(14, 18)
    assert twice.to_raw(3, 4) == Stretch(8, 13)
    assert twice.to_raw(0, 2) == Stretch(4, 7)


def test_lines_keep_their_line_break() -> None:
    """What stood between two lines is dropped."""
    lines = MappedText.of("ab\n> x\ncd").lines_of([Stretch(0, 2), Stretch(7, 9)])

    assert lines.text == "ab\ncd"
    assert lines.to_raw(3, 5) == Stretch(7, 9)


def test_nothing_maps_to_nothing() -> None:
    """An empty text has one place."""
    assert MappedText.of("").to_raw(0, 0) == Stretch(0, 0)
