"""Labelled rows from a file: what is read, and what is refused with its line but without its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.errors import DatasetError
from service.learn.dataset import dataset_of, read_rows, require_trainable
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
        ("{secret", "not JSON", "a line cut off"),
        ('{"text": "secret", "intent": "a"', "not JSON", "a brace missing"),
        ('"secret"', "needs the fields text and intent", "a string"),
        ("[]", "needs the fields text and intent", "a list"),
        ('{"intent": "a"}', "needs the fields text and intent", "no text"),
        ('{"text": "secret"}', "needs the fields text and intent", "no intent is not the same as null"),
        ('{"text": "", "intent": "a"}', "text must be a string", "an empty text"),
        ('{"text": " \\n", "intent": "a"}', "text must be a string", "a text of white space"),
        ('{"text": ["secret"], "intent": "a"}', "text must be a string", "a list of texts"),
        ('{"text": "secret", "intent": ""}', "intent must be", "an empty name"),
        ('{"text": "secret", "intent": 5}', "intent must be", "a number for a name"),
        ('{"text": "secret", "intent": ["a"]}', "intent must be", "several intents"),
        ("[" * 100_000, "not JSON", "nested beyond all reason"),
        ('{"text": "secret", "intent": ' + "1" * 5_000 + "}", "", "a number beyond all reason"),
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


@pytest.mark.parametrize(
    ("contents", "says"),
    [(b"", "holds no rows"), (b"\n \n", "holds no rows"), (b"caf\xe9", "UTF-8"), (b"\xff\xfe{\0", "UTF-8")],
    ids=["empty", "blank", "Latin-1", "UTF-16"],
)
def test_a_file_without_rows_is_refused(tmp_path: Path, contents: bytes, says: str) -> None:
    """A file of another encoding is named as such."""
    with pytest.raises(DatasetError, match=says):
        read_rows(written(tmp_path, contents))


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """Neither an absent file nor a folder can be read."""
    with pytest.raises(DatasetError, match="cannot be read"):
        read_rows(tmp_path / name)


def test_rows_become_the_utterances_that_the_service_sees() -> None:
    """Training texts are redacted as contacts are; labels are sorted, and out of scope is none of them."""
    rows = [("write to jo@example.com", "b"), ("tell me a joke", None), ("hello", "a"), ("hi", "b")]

    dataset = dataset_of(rows, Redactor())

    assert dataset.utterances == ("write to <email>", "tell me a joke", "hello", "hi")
    assert dataset.intents == ("b", None, "a", "b")
    assert dataset.labels == ("a", "b")
    assert len(dataset) == 4


@pytest.mark.parametrize("intents", [[], [None, None], ["a", "a"], ["a", None]])
def test_one_label_is_nothing_to_learn(intents: list[str | None]) -> None:
    """Out of scope does not count as a label."""
    with pytest.raises(DatasetError, match="at least two intents"):
        require_trainable(intents)


@pytest.mark.parametrize("text", ["half an emoji \ud83d", "\udc00"])
def test_half_a_surrogate_pair_is_a_text(tmp_path: Path, text: str) -> None:
    """JSON that was cut at some length may hold one; it is odd, not wrong."""
    assert read_rows(written(tmp_path, json.dumps({"text": text, "intent": "a"}))) == [(text, "a")]
