"""Labelled rows from a file: what is read, and what is refused with its line but without its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.domain.understanding import MAX_TEXT, Speaker
from service.errors import DatasetError
from service.learn.dataset import (
    MAX_INTENTS,
    contradictions,
    dataset_of,
    last_text,
    numbered_rows,
    read_labelled_turns,
    read_rows,
    require_trainable,
)
from service.redact.chain import Redactor

GOOD = '{"text": "where is my order", "intent": "track_order"}'


def written(folder: Path, contents: str | bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return path


@pytest.mark.parametrize(
    ("contents", "rows", "reason"),
    [
        (GOOD, [("where is my order", "track_order")], "no newline at the end"),
        (f"\n{GOOD}\n\n", [("where is my order", "track_order")], "empty lines are passed over"),
        (f"{GOOD}\r\n", [("where is my order", "track_order")], "lines as Windows ends them"),
        ('{"text": "joke", "intent": null}', [("joke", None)], "null is out of scope"),
        ('{"text": "joke", "intent": "out_of_scope"}', [("joke", None)], "and so is its name"),
        ('{"text": " hi ", "intent": " b "}', [(" hi ", "b")], "a name has no spaces around it"),
        ('{"text": "a\\u0000b", "intent": "b"}', [("a\0b", "b")], "a zero that JSON spells out is a character"),
        ('{"text": "a", "intent": "b", "id": 7}', [("a", "b")], "further fields are nobody's business"),
        ('{"text": "caf\u00e9 \u65e5", "intent": "b"}', [("café 日", "b")], "any script"),
        ('{"text": "one\u2028two\u0085three", "intent": "b"}', [("one\u2028two\u0085three", "b")], "JSON allows these"),
        (f"\ufeff{GOOD}", [("where is my order", "track_order")], "a byte order mark, as `errand classify` reads it"),
    ],
)
def test_rows_are_read(tmp_path: Path, contents: str, rows: list[tuple[str, str | None]], reason: str) -> None:
    """One JSON object a line, in order."""
    assert read_rows(written(tmp_path, contents)) == rows, reason


@pytest.mark.parametrize(
    ("line", "says", "reason"),
    [
        ('{"intent": "a"}', "needs the fields text and intent (no text)", "no text"),
        ('{"text": "secret"}', "needs the fields text and intent (no intent)", "no intent is not the same as null"),
        ('{"secret": "a"}', "(no text and no intent)", "other names"),
        ('{"text": "", "intent": "a"}', "text is empty", "an empty text"),
        ('{"text": " \\n", "intent": "a"}', "text is empty", "a text of white space"),
        ('{"text": ["secret"], "intent": "a"}', "text must be a string (a list)", "a list of texts"),
        ('{"text": null, "intent": "a"}', "text must be a string (null)", "null for a text"),
        ('{"text": {"secret": 1}, "intent": "a"}', "text must be a string (an object)", "a text with parts"),
        ('{"text": 4711, "intent": "a"}', "text must be a string (a number)", "a number for a text"),
        (f'{{"text": "{"secret" * 3_000}", "intent": "a"}}', "(18,000 characters)", "longer than a contact may be"),
        (f'{{"text": "{"secret" * 900_000}", "intent": "a"}}', "(5,400,000 characters)", "five megabytes"),
        ('{"text": "secret", "intent": " "}', "intent is empty", "an empty name"),
        ('{"text": "secret", "intent": 5}', "intent must be a name (a number)", "a number for a name"),
        ('{"text": "secret", "intent": 0.5}', "intent must be a name (a number)", "a number with a point"),
        ('{"text": "secret", "intent": true}', "intent must be a name (true or false)", "a flag for a name"),
        ('{"text": "secret", "intent": ["secret"]}', "intent must be a name (a list)", "several intents"),
        ('{"text": "hi", "intent": "' + "secret " * 20 + '"}', "swapped", "a text where the name should be"),
        ('{"text": "hi", "intent": "secret\\nsecret"}', "line end", "a name of two lines"),
        ('{"text": "hi", "intent": "secret\u200b"}', "nobody can see", "a name that looks like another"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_line(tmp_path: Path, line: str, says: str, reason: str) -> None:
    """The refusal says where and what, and quotes nothing that a customer wrote."""
    path = written(tmp_path, f"{GOOD}\n\n{line}\n{GOOD}\n")

    with pytest.raises(DatasetError) as refusal:
        read_rows(path)

    assert str(refusal.value).startswith(f"{path}:3: "), reason
    assert says in str(refusal.value), reason
    assert "secret" not in str(refusal.value), reason
    assert len(str(refusal.value)) < len(str(path)) + 300, reason


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Each kind with its first lines, the others counted: thousands of mistakes are a few lines."""
    bad = ['{"text": "", "intent": 7}', "no row", '{"text": "hi"}']
    path = written(tmp_path, "\n".join([GOOD, *bad * 2_000, GOOD]))

    with pytest.raises(DatasetError) as refusal:
        read_rows(path)

    told = str(refusal.value).splitlines()
    assert [line.removeprefix(f"{path}:").partition(" ")[0] for line in told] == ["2:", "2:", "3:", "4:"]
    for number, line in zip((2, 2, 3, 4), told, strict=True):
        also = ", ".join(str(number + 3 * row) for row in range(1, 6))
        assert line.endswith(f"Also in line {also} and 1,994 more.")


def test_a_text_as_long_as_the_service_accepts_is_a_row(tmp_path: Path) -> None:
    """What can be sent can be learnt from."""
    text = "a" * MAX_TEXT

    assert read_rows(written(tmp_path, json.dumps({"text": text, "intent": "a"}))) == [(text, "a")]


@pytest.mark.parametrize("contents", ["", "\n \n", "\ufeff", "\r\n\r\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, contents: str) -> None:
    """With an example of a row."""
    with pytest.raises(DatasetError, match=r"holds no rows. Write lines like"):
        read_rows(written(tmp_path, contents))


def test_a_row_is_known_by_its_line(tmp_path: Path) -> None:
    """Empty lines count."""
    assert list(numbered_rows(written(tmp_path, f"\n{GOOD}\n\n{GOOD}"))) == [2, 4]


def test_a_text_under_two_intents_is_found_by_its_lines() -> None:
    """Capitals and spaces aside; a text that is repeated under one intent says nothing new, and nothing else."""
    rows = {
        1: ("Hello there", "a"),
        2: ("book a room", "b"),
        4: ("hello  THERE", "b"),
        5: ("book a room", "b"),
        6: (" hello there", None),
        9: ("tell me a joke", None),
        10: ("Tell me a joke", "a"),
    }

    assert contradictions(rows) == [(1, 4, 6), (9, 10)]


def test_rows_become_the_utterances_that_the_service_sees() -> None:
    """Training texts are redacted as contacts are; labels are sorted, and out of scope is none of them."""
    rows = [("write to jo@example.com", "b"), ("tell me a joke", None), ("hello", "a"), ("hi", "b")]

    dataset = dataset_of(rows, Redactor())

    assert dataset.utterances == ("write to <email>", "tell me a joke", "hello", "hi")
    assert dataset.intents == ("b", None, "a", "b")
    assert dataset.labels == ("a", "b")
    assert len(dataset) == 4


def test_rows_in_order_are_the_same_for_any_file() -> None:
    """Sorted by label and text, rows out of scope last."""
    rows = [("hello", "b"), ("joke", None), ("zoo", "a"), ("ant", "a"), ("art", None)]

    one, other = (dataset_of(each, Redactor()).in_order() for each in (rows, rows[::-1]))

    assert one == other
    assert one.utterances == ("ant", "zoo", "hello", "art", "joke")
    assert one.intents == ("a", "a", "b", None, None)


def test_some_rows_may_be_selected() -> None:
    """In the order that was asked for, and a row may be taken twice."""
    some = dataset_of([("ant", "a"), ("bee", "b"), ("cat", None)], Redactor()).of([2, 0, 2])

    assert (some.utterances, some.intents) == (("cat", "ant", "cat"), (None, "a", None))


def test_as_many_labels_as_texts_are_no_labels() -> None:
    """Weights for every one of them would fill the memory: the columns are swapped, or one of them is an id."""
    require_trainable([f"a{number}" for number in range(MAX_INTENTS)])

    with pytest.raises(DatasetError, match=r"at most 1,000 intents; found 1,001 in 1,001 rows. Perhaps"):
        require_trainable([f"a{number}" for number in range(MAX_INTENTS + 1)])


@pytest.mark.parametrize("intents", [[], [None, None], ["a", "a"], ["a", None]])
def test_one_label_is_nothing_to_learn(intents: list[str | None]) -> None:
    """Out of scope does not count as a label."""
    with pytest.raises(DatasetError, match="at least two intents"):
        require_trainable(intents)


@pytest.mark.parametrize("text", ["half an emoji \ud83d", "\udc00"])
def test_half_a_surrogate_pair_is_a_text(tmp_path: Path, text: str) -> None:
    """JSON that was cut at some length may hold one; it is odd, not wrong."""
    assert read_rows(written(tmp_path, json.dumps({"text": text, "intent": "a"}))) == [(text, "a")]


def turns_of(*spoken: tuple[str, str]) -> str:
    return json.dumps({"turns": [{"speaker": speaker, "text": text} for speaker, text in spoken], "intent": "a"})


def test_conversations_are_read_beside_texts(tmp_path: Path) -> None:
    """A text is one turn of the customer's."""
    path = written(tmp_path, f"{turns_of(('agent', 'Sure?'), ('customer', 'yes'))}\n{GOOD}\n")

    first, second = read_labelled_turns(path)

    assert first == (((Speaker.AGENT, "Sure?"), (Speaker.CUSTOMER, "yes")), "a")
    assert second == (((Speaker.CUSTOMER, "where is my order"),), "track_order")
    assert [last_text(turns) for turns, _ in (first, second)] == ["yes", "where is my order"]


@pytest.mark.parametrize(
    "line",
    [
        '{"turns": [], "intent": "a"}',
        '{"turns": "secret", "intent": "a"}',
        '{"turns": [{"speaker": "secret", "text": "hi"}], "intent": "a"}',
        '{"turns": [{"speaker": "customer", "text": 7}], "intent": "a"}',
        '{"turns": [{"speaker": "agent", "text": "secret"}], "intent": "a"}',
        '{"turns": [{"speaker": "customer", "text": " "}], "intent": "a"}',
        '{"turns": ["secret"], "intent": "a"}',
    ],
)
def test_turns_that_the_service_would_refuse_are_refused(tmp_path: Path, line: str) -> None:
    """By their line, and without any of their words."""
    with pytest.raises(DatasetError) as refusal:
        read_labelled_turns(written(tmp_path, f"{GOOD}\n{line}\n"))

    assert ":2: turns must be a list of turns" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_file_without_conversations_is_refused(tmp_path: Path) -> None:
    """An empty file evaluates nothing."""
    with pytest.raises(DatasetError, match="holds no rows"):
        read_labelled_turns(written(tmp_path, "\n"))
