"""`errand classify`: one message, or files of them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

MESSAGE = "where is my parcel"


def rows_of(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines())) if path.suffix == ".csv" else [*map(json.loads, text.splitlines())]


def write(name: str, contents: str | bytes) -> Path:
    path = Path(name)
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return path


def test_a_message_is_classified_for_people(run, bundle: Path) -> None:
    """Status, intent and confidence on one line."""
    ran = run("classify", MESSAGE, "--bundle", bundle)

    assert ran.code == 0
    assert ran.err == ""
    assert len(ran.out.splitlines()) == 1
    assert "track_order" in ran.out
    assert "confidence" in ran.out


def test_a_message_is_classified_for_programs(run, bundle: Path) -> None:
    """One JSON object."""
    found = json.loads(run("classify", MESSAGE, "--bundle", bundle, "--json").out)

    assert found.keys() == {"status", "intent", "confidence", "goals"}
    assert found["intent"] == "track_order"
    assert 0.0 <= found["confidence"] <= 1.0


def test_people_are_shown_why(run, catalogue_bundle: Path) -> None:
    """The message, the words in it that tell, and the examples that it is like."""
    ran = run("classify", "--why", "[b]please track my order", "--bundle", catalogue_bundle)

    assert (ran.code, ran.err) == (0, "")
    assert "[b]please track my order" in ran.out.splitlines(), "as it was written"
    assert re.search(r"^ *(track|order) +[0-9.]+ *$", ran.out, re.MULTILINE)
    assert re.search(r"^ *please track my order +[01][.][0-9]+ *$", ran.out, re.MULTILINE)


def test_programs_are_told_why(run, catalogue_bundle: Path) -> None:
    """As the service tells its callers."""
    found = json.loads(run("classify", "--why", MESSAGE, "--bundle", catalogue_bundle, "--json").out)

    assert found.keys() == {"status", "intent", "confidence", "goals", "why"}
    examples, words = found["why"]["examples"], found["why"]["words"]
    assert (examples[0]["text"], examples[0]["similarity"]) == (MESSAGE, pytest.approx(1.0, abs=0.02))
    assert "parcel" in {MESSAGE[word["start"] : word["end"]] for word in words}
    assert {word["turn"] for word in words} == {0}


def test_a_bundle_without_examples_says_so(run, bundle: Path) -> None:
    """The rows that it was built from may be customers' own words; the words still tell."""
    ran = run("classify", "--why", MESSAGE, "--bundle", bundle)

    assert ran.code == 0
    assert "keeps no examples" in ran.out
    assert "parcel" in ran.out.replace(MESSAGE, "")


def test_what_is_no_errand_is_not_explained(run, catalogue_bundle: Path) -> None:
    """There is no intent that anything could speak for."""
    found = json.loads(run("classify", "--why", "yes thanks", "--bundle", catalogue_bundle, "--json").out)
    ran = run("classify", "--why", "yes thanks", "--bundle", catalogue_bundle)

    assert (found["status"], found["intent"], found["why"]) == ("no_goal_yet", None, None)
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    "message", ["\x1b please track my order", "\x00please track my order", "hello please track my order \udcff"]
)
def test_a_message_cannot_steer_the_terminal(run, bundle: Path, message: str) -> None:
    """Whatever somebody pasted is shown, and nothing else is done."""
    ran = run("classify", "--why", message, "--bundle", bundle)

    assert ran.code == 0
    assert not re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]", ran.out)
    assert "\ufffd" in ran.out


def test_files_are_not_explained(run, bundle: Path) -> None:
    """A row for people is not a row for programs."""
    write("in.jsonl", f'{{"text": "{MESSAGE}"}}')

    ran = run("classify", "--why", "--input", "in.jsonl", "--output", "out.jsonl", "--bundle", bundle)

    assert ran.code == 2
    assert "--why" in ran.err
    assert not Path("out.jsonl").exists()


def test_the_bundle_in_use_is_the_default(run, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ERRAND_BUNDLE names it."""
    monkeypatch.setenv("ERRAND_BUNDLE", str(bundle))

    assert run("classify", MESSAGE).code == 0


@pytest.mark.parametrize(
    ("source", "target", "contents", "reason"),
    [
        ("in.jsonl", "out.jsonl", f'{{"id": 7, "text": "{MESSAGE}"}}\n', "JSON Lines"),
        ("in.jsonl", "out.csv", f'{{"id": 7, "text": "{MESSAGE}"}}\n', "JSON Lines to CSV"),
        ("in.csv", "out.csv", f"id,text\n7,{MESSAGE}\n", "CSV"),
        ("in.csv", "out.jsonl", f"id,text\n7,{MESSAGE}\n", "CSV to JSON Lines"),
        ("IN.CSV", "out.csv", f"id,text\n7,{MESSAGE}\n", "a name in capitals"),
        ("in.csv", "out.csv", f'\ufeffid,text\r\n7,"{MESSAGE}"\r\n', "as spreadsheets write it"),
        ("in.jsonl", "out.jsonl", f'\ufeff{{"id": 7, "text": "{MESSAGE}"}}\r\n', "with a byte order mark"),
        ("in.jsonl", "out.jsonl", f'\n{{"id": 7, "text": "{MESSAGE}"}}\n\n', "with empty lines"),
    ],
)
def test_a_file_is_written_again_with_what_was_found(
    *, run, bundle: Path, source: str, target: str, contents: str, reason: str
) -> None:
    """Each row as it was, plus status, intent, confidence and goals."""
    write(source, contents)

    ran = run("classify", "--input", source, "--output", target, "--bundle", bundle)

    assert (ran.code, ran.out) == (0, ""), reason
    (row,) = rows_of(Path(target))
    assert list(row) == ["id", "text", "status", "intent", "confidence", "goals"], reason
    assert (str(row["id"]), row["text"], row["intent"]) == ("7", MESSAGE, "track_order"), reason
    assert 0.0 <= float(row["confidence"]) <= 1.0


def test_texts_are_written_as_they_came(run, bundle: Path) -> None:
    """The file's own text is kept, letters of any script readable; only what is classified is redacted."""
    text = "où est mon colis, jo@example.com 日本"
    write("in.jsonl", json.dumps({"text": text}))

    run("classify", "--input", "in.jsonl", "--output", "out.jsonl", "--bundle", bundle)

    assert text in Path("out.jsonl").read_text(encoding="utf-8")


def test_standard_input_and_output_are_files_too(run, bundle: Path) -> None:
    """JSON Lines both ways, so that commands can be joined; progress is told elsewhere."""
    ran = run("classify", "--input", "-", "--output", "-", "--bundle", bundle, stdin=f'{{"text": "{MESSAGE}"}}\n' * 3)

    assert ran.code == 0
    assert [json.loads(line)["intent"] for line in ran.out.splitlines()] == ["track_order"] * 3


@pytest.mark.parametrize(
    ("source", "contents", "reason"),
    [
        ("in.jsonl", f'{{"id": 1}}\n{{"id": 2, "text": "{MESSAGE}"}}\n{{"id": 3, "text": " "}}\n', "absent, blank"),
        (
            "in.jsonl",
            f'{{"id": 1, "text": null}}\n{{"id": 2, "text": "{MESSAGE}"}}\n{{"id": 3, "text": 5}}\n',
            "no text",
        ),
        ("in.csv", f"id,text\n1,\n2,{MESSAGE}\n3\n", "an empty cell, and a row cut short"),
    ],
)
def test_rows_without_text_are_kept_unclassified(run, bundle: Path, source: str, contents: str, reason: str) -> None:
    """In their place, so that rows can be joined again by their number; exit code 1 tells of them."""
    write(source, contents)

    ran = run("classify", "--input", source, "--output", "out.jsonl", "--bundle", bundle)

    assert ran.code == 1
    assert "2 row(s) had no text" in ran.err
    rows = rows_of(Path("out.jsonl"))
    assert [str(row["id"]) for row in rows] == ["1", "2", "3"]
    assert [row["intent"] for row in rows] == [None, "track_order", None], reason
    assert [row["status"] is None for row in rows] == [True, False, True], reason


@pytest.mark.parametrize(
    ("source", "contents", "says", "reason"),
    [
        ("absent.jsonl", None, "absent.jsonl cannot be read", "no such file"),
        (".", None, "cannot be read", "a folder"),
        ("in.jsonl", "secret\n", "in.jsonl:1: not JSON", "no JSON"),
        ("in.jsonl", '{"text": "hello"}\n["secret"]\n', "in.jsonl:2: a row must be an object", "a list"),
        ("in.csv", "id,message\n1,secret\n", "no column named text", "another column"),
        ("in.csv", "", "no column named text", "an empty table"),
        ("in.csv", "text\ncaf\u00e9 secret\n".encode("latin-1"), "UTF-8", "a table as old spreadsheets write it"),
        ("in.jsonl", '{"text": "caf\u00e9 secret"}\n'.encode("latin-1"), "UTF-8", "JSON in another encoding"),
        ("in.csv", f"text\n{'secret ' * 30_000}\n", "in.csv", "a cell beyond all reason"),
        ("in.jsonl", "[" * 100_000, "in.jsonl:1: not JSON", "nested beyond all reason"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    *, run, bundle: Path, source: str, contents: str | bytes | None, says: str, reason: str
) -> None:
    """With its name and line, without its text, and with exit code 2."""
    if contents is not None:
        write(source, contents)

    ran = run("classify", "--input", source, "--output", "out.jsonl", "--bundle", bundle)

    assert ran.code == 2, reason
    assert len(ran.err.strip().splitlines()) == 1, reason
    assert says in ran.err, reason
    assert "secret" not in ran.err, reason


def test_what_cannot_be_written_is_refused(run, bundle: Path) -> None:
    """Before anything is classified."""
    write("in.jsonl", f'{{"text": "{MESSAGE}"}}')

    ran = run("classify", "--input", "in.jsonl", "--output", "absent/out.jsonl", "--bundle", bundle)

    assert ran.code == 2
    assert "absent/out.jsonl cannot be written" in ran.err


@pytest.mark.parametrize("target", ["in.jsonl", "./in.jsonl", "link.jsonl"])
def test_a_file_is_never_written_over_itself(run, bundle: Path, target: str) -> None:
    """It would be emptied before it is read; it is refused and kept."""
    source = write("in.jsonl", f'{{"text": "{MESSAGE}"}}\n' * 3)
    Path("link.jsonl").symlink_to("in.jsonl")
    before = source.read_bytes()

    ran = run("classify", "--input", source, "--output", target, "--bundle", bundle)

    assert source.read_bytes() == before
    assert ran.code == 2


def test_fields_that_only_some_rows_have_are_kept_in_a_table(run, bundle: Path) -> None:
    """No column of a later row is lost without a word: it is written, or the table is refused."""
    write("in.jsonl", f'{{"text": "{MESSAGE}"}}\n{{"text": "{MESSAGE}", "order": 8821}}\n')

    ran = run("classify", "--input", "in.jsonl", "--output", "out.csv", "--bundle", bundle)

    assert ran.code == 2 or "8821" in Path("out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["half an emoji \\ud83d", "\\udc00"])
def test_half_a_surrogate_pair_is_classified(run, bundle: Path, text: str) -> None:
    """Texts cut at some length end in one; the row is classified like any other and can be written."""
    write("in.jsonl", f'{{"text": "{text}"}}\n')

    ran = run("classify", "--input", "in.jsonl", "--output", "out.jsonl", "--bundle", bundle)

    assert ran.code == 0
    assert len(rows_of(Path("out.jsonl"))) == 1
