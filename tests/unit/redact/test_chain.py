"""What holds for every text: offsets lead back, nothing changes the second time, no text in a repr."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.redact.chain import Mode, Redactor
from service.redact.span import Kind, Redacted

_PIECES = [
    "my name is Tom Hardy", "call me on 07700 900123", "jo@example.com", "jo at example dot com", "4111 1111 1111 1111",
    "order number 8821", "one two three four", "<email>", "<name>", "14 Acacia Avenue", "LS1 4AP", "dob 1.2.59",
    "pin is 4821", "https://example.com/a?b=1", "Regards,\nTom", "é", "İ", "\u200b", "\u0660\u0667\u0667", "\ue000",
    "<", ">", "@", "#", "+", "12/05", "thanks", "room 12", "DE89 3704 0044 0532 0130 00", "sk_live_4eC39HqLyj",
    "\n", " ", ",", "-", ".",
]  # fmt: skip
_texts = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="0123456789 -./@+abé", max_size=80),
    st.lists(st.sampled_from(_PIECES), max_size=12).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join),
)
_modes = st.sampled_from(["standard", "paranoid"])
_REDACTORS = {mode: Redactor(mode) for mode in ("standard", "paranoid")}


@given(raw_text=_texts, mode=_modes)
@settings(max_examples=400, deadline=None)
def test_what_is_not_redacted_is_found_again_at_its_raw_offsets(raw_text: str, mode: Mode) -> None:
    redacted = _REDACTORS[mode].redact(raw_text)

    edges = [0, *(edge for span in redacted.spans for edge in (span.start, span.end)), len(redacted.utterance)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        raw_start, raw_end = redacted.to_raw(start, end)
        assert raw_text[raw_start:raw_end] == redacted.utterance[start:end]


@given(raw_text=_texts, mode=_modes)
@settings(max_examples=400, deadline=None)
def test_spans_cover_the_raw_text_in_order_and_name_their_placeholders(raw_text: str, mode: Mode) -> None:
    redacted = _REDACTORS[mode].redact(raw_text)

    position = 0
    for span in redacted.spans:
        assert position <= span.raw_start < span.raw_end <= len(raw_text)
        assert redacted.utterance[span.start : span.end] == f"<{span.kind}>"
        assert redacted.to_raw(span.start, span.end) == (span.raw_start, span.raw_end)
        assert redacted.to_raw(span.start + 1, span.end - 1) == (span.raw_start, span.raw_end)
        position = span.raw_end
    assert redacted.to_raw(0, len(redacted.utterance)) == (0, len(raw_text))


@given(raw_text=_texts, mode=_modes)
@settings(max_examples=400, deadline=None)
def test_redacting_an_utterance_again_changes_nothing(raw_text: str, mode: Mode) -> None:
    once = _REDACTORS[mode].redact(raw_text)

    again = _REDACTORS[mode].redact(once.utterance)

    assert again == Redacted(utterance=once.utterance)


@given(raw_text=_texts, modes=st.tuples(_modes, _modes))
@settings(max_examples=300, deadline=None)
def test_placeholders_survive_a_redaction_in_any_mode(raw_text: str, modes: tuple[Mode, Mode]) -> None:
    first, second = modes
    once = _REDACTORS[first].redact(raw_text)

    again = _REDACTORS[second].redact(once.utterance)

    for placeholder in once.spans:
        assert not any(span.raw_start < placeholder.end and span.raw_end > placeholder.start for span in again.spans)


@given(raw_text=_texts)
@settings(max_examples=100, deadline=None)
def test_the_same_text_is_redacted_the_same_way(raw_text: str) -> None:
    assert Redactor().redact(raw_text) == Redactor().redact(raw_text)


def test_offsets_that_touch_a_placeholder_cover_its_whole_original() -> None:
    redacted = Redactor().redact("mail jo@example.com now")

    assert redacted.utterance == "mail <email> now"
    assert redacted.to_raw(0, 7) == (0, 19)
    assert redacted.to_raw(8, 16) == (5, 23)
    assert redacted.to_raw(13, 16) == (20, 23)
    assert redacted.to_raw(5, 5) == (5, 5)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 99)])
def test_offsets_outside_the_utterance_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        Redactor().redact("hello").to_raw(start, end)


def test_repr_shows_counts_and_no_text() -> None:
    shown = repr(Redactor().redact("Tom's mail is jo@example.com and kim@example.com"))

    assert shown == "Redacted(33 characters; email 2)"


def test_a_clean_text_comes_back_as_it_is() -> None:
    raw_text = "do you have the red kettle in stock"

    assert Redactor().redact(raw_text) == Redacted(utterance=raw_text)


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("my thing 7743221", "my thing <number>", "seven digits in a row"),
        ("part 77-432-21", "part <number>", "seven digits with dashes"),
        ("hey bob@", "hey <email>", "any token with an at-sign"),
        ("abcdefgh1jklmnopq", "<secret>", "sixteen characters, mixed"),
        ("room 214 on 12/05", "room 214 on 12/05", "short figures stay"),
    ],
)
def test_paranoid_masks_by_length_and_mixture(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor("paranoid").redact(raw_text).utterance == utterance, reason


def test_national_phones_follow_the_default_regions() -> None:
    raw_text = "212 555 0187"

    assert Redactor(default_regions=("GB", "US")).redact(raw_text).utterance == "<phone>"
    assert Redactor(default_regions=("GB",)).redact(raw_text).utterance == raw_text


def test_every_placeholder_survives_in_an_utterance() -> None:
    utterance = " ".join(f"<{kind}>" for kind in Kind)

    assert Redactor("paranoid").redact(utterance) == Redacted(utterance=utterance)
