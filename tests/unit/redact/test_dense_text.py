"""What is masked in texts with hundreds of numbers, and that other texts are read as carefully as ever."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.redact.chain import Mode, Redactor
from service.redact.dense_text import MOST_MARKS, is_crowded, joined, most_in
from service.redact.span import Found, Kind, Redacted

NEVER = 10**9
THOUSANDS = ("jo@", "i1@", "1 ", "12/05/", "#1", "(1", "1++", "+44 ", "GB29 ", "a-1-", "1 a ")
"""Repeated to the longest text, each made thousands of findings."""
WORDS = ("thx\n", "regards\n", "gruß\n", "named ", "dr ", "mr Ab, ", "i'm Ab, ", "née\n", "password: Ab ", "here A ")
"""Each made thousands of names, or of looks for one."""
SAID = (
    "my name is Jane Whitlow and", "jo.lind@example.org", "07700 900 412", "12 Marsh Hill Road", "order number 88412",
    "nothing came for weeks", "Kind regards\nTomas Reiter\n", "calle de la rosa 14", "i'm Mirela here", "at 4.15 pm",
    "password is Tr0ub4d", "the red kettle", "https://shop.example/u/9912?t=aB3", "born on 4 May 1971", "SW1A 2AA",
    "jo@", "1@", "|",
)  # fmt: skip
pieces = st.one_of(st.sampled_from(SAID), st.text(max_size=8), st.text(alphabet="0123456789@. -(", max_size=8))


class Counting(Redactor):
    """Counts how often it reads a text."""

    rounds = 0

    def _find(self, written: str) -> list[Found]:
        self.rounds += 1
        return super()._find(written)


def masked(redacted: Redacted, raw_text: str) -> set[int]:
    """Places of letters and digits that a placeholder covers."""
    return {at for span in redacted.spans for at in range(span.raw_start, span.raw_end) if raw_text[at].isalnum()}


@given(raw_text=st.lists(pieces, max_size=12).map(" ".join))
@settings(deadline=None, max_examples=100)
@pytest.mark.parametrize("mode", ["standard", "paranoid"])
def test_what_people_write_is_read_number_by_number(raw_text: str, mode: Mode) -> None:
    """As it is without any limit."""
    assert Redactor(mode).redact(raw_text) == Redactor(mode, most_marks=NEVER).redact(raw_text)


@given(raw_text=st.lists(pieces, min_size=1, max_size=12).map(" ".join))
@settings(deadline=None, max_examples=100)
def test_a_crowded_text_loses_no_less(raw_text: str) -> None:
    """What number by number would have been masked, and the words that tell a name from afar."""
    crowded = Redactor(most_marks=2).redact(raw_text)

    assert masked(Redactor(most_marks=NEVER).redact(raw_text), raw_text) <= masked(crowded, raw_text)


@pytest.mark.parametrize("seed", THOUSANDS)
def test_thousands_of_numbers_make_a_few_placeholders(seed: str) -> None:
    """What the chain has to settle and to replace is what takes its time."""
    raw_text = (seed * 16_000)[:16_000]
    assert is_crowded(raw_text, most_in(raw_text))

    redacted = Redactor().redact(raw_text)

    assert len(redacted.spans) == 1
    assert not any(character.isdigit() or character == "@" for character in redacted.utterance)


def test_the_errand_around_a_pasted_table_is_still_read() -> None:
    """Words away from the numbers stay, names among them are masked, and offsets lead back."""
    asks = "my name is Jane Whitlow and none of the parcels in the table under this came, please tell me where they are"
    table = "\n".join(f"row {number} | {number * 7919} | in the depot" for number in range(MOST_MARKS))
    raw_text = f"{asks}{' and all the others too' * 6}\n{table}"

    redacted = Redactor().redact(raw_text)

    assert redacted.utterance.startswith("my name is <name> and none of the parcels in the table under this came")
    assert redacted.utterance.endswith("<number>")
    assert "depot" not in redacted.utterance
    start = redacted.utterance.index("parcels")
    assert raw_text[slice(*redacted.to_raw(start, start + 7))] == "parcels"


def test_placeholders_that_bare_each_other_come_to_an_end() -> None:
    """However long the chain is: each date is one only once the date before it is a placeholder."""
    raw_text = "born on 4 May 1971" * 30

    redacted = Redactor().redact(raw_text)

    assert not any(character.isdigit() for character in redacted.utterance)
    assert Redactor().redact(redacted.utterance).utterance == redacted.utterance


@pytest.mark.parametrize("seed", [*THOUSANDS, *WORDS, "Mr A. B. ", "born on 4 May 1971"])
@pytest.mark.parametrize("length", [600, 4_000])
def test_four_times_the_text_is_four_times_the_work(seed: str, length: int) -> None:
    """Counted in calls, which a busy machine does not make more of; crowded or not."""
    single, fourfold = ((seed * length * times)[: length * times] for times in (1, 4))

    assert calls_in(fourfold) <= 5 * calls_in(single) + 200
    assert calls_in(fourfold) < 150_000


@pytest.mark.parametrize("seed", [*THOUSANDS, *WORDS])
def test_a_short_text_is_little_work(seed: str) -> None:
    """Texts below six hundred characters are read in the event loop."""
    assert calls_in((seed * 600)[:599]) < 8_000


@pytest.mark.parametrize("seed", ["born on 4 May 1971", "TX 75001", "née2024-11-22", "Musterstraße 12"])
@pytest.mark.parametrize("times", [3, 20, 300])
def test_a_text_is_read_three_times_at_most(seed: str, times: int) -> None:
    """However many placeholders bare their neighbours."""
    redactor = Counting()

    redacted = redactor.redact(seed * times)

    assert redactor.rounds <= 3
    assert redactor.redact(redacted.utterance) == Redacted(utterance=redacted.utterance)


@pytest.mark.parametrize("seed", WORDS)
def test_hundreds_of_findings_are_replaced_by_a_few_placeholders(seed: str) -> None:
    redacted = Redactor().redact((seed * 16_000)[:16_000])

    assert len(redacted.spans) <= 1


def test_findings_near_each_other_are_joined_with_what_is_between() -> None:
    name, number = Kind.NAME, Kind.NUMBER
    found = [Found(0, 3, name, 3), Found(20, 24, name, 3), Found(200, 204, name, 3), Found(210, 220, number, 1)]  # type: ignore[arg-type]

    assert [(each.start, each.end, each.kind) for each in joined(found)] == [(0, 24, name), (200, 220, number)]


def calls_in(raw_text: str) -> int:
    """Calls of functions, of Python's and of C's, that redaction takes."""
    redactor = Redactor()
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        redactor.redact(raw_text)
    finally:
        sys.setprofile(before)
    return count
