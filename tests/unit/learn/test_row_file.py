"""Files of rows: JSON Lines and tables, as people save them and as they break them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from service.errors import DatasetError
from service.learn.dataset import numbered_rows
from service.learn.row_file import listed

ROWS = {2: ("where is my order", "track_order"), 3: ("tell me a joke", None)}
PLAIN = "text,intent\nwhere is my order,track_order\ntell me a joke,out_of_scope\n"


def written(folder: Path, name: str, contents: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return path


def refusal_of(path: Path) -> str:
    """What is told of a file, without its folder."""
    with pytest.raises(DatasetError) as refusal:
        numbered_rows(path)
    return str(refusal.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("name", "contents", "reason"),
    [
        ("rows.csv", PLAIN, "a table"),
        ("ROWS.CSV", PLAIN, "a name in capitals"),
        ("rows.csv", PLAIN.rstrip(), "no line end at the end"),
        ("rows.csv", PLAIN.replace("\n", "\r\n"), "lines as Windows ends them"),
        ("rows.csv", "\ufeff" + PLAIN, "a byte order mark, as spreadsheets write it"),
        ("rows.csv", PLAIN.replace(",", ";"), "semicolons, as spreadsheets write them where commas are in numbers"),
        ("rows.tsv", PLAIN.replace(",", "\t"), "tabs"),
        ("rows.csv", PLAIN.replace("text,intent", " Text , INTENT "), "capitals and spaces in the names"),
        ("rows.csv", PLAIN.replace("tell me a joke", '"tell me a joke"'), "quotes around a text"),
        ("rows.csv", PLAIN + "\n\r\n\n", "empty lines after the rows"),
    ],
)
def test_a_table_is_read(tmp_path: Path, name: str, contents: str, reason: str) -> None:
    """Its first line names the columns; `out_of_scope` stands for what JSON calls null."""
    assert numbered_rows(written(tmp_path, name, contents)) == ROWS, reason


def test_further_columns_are_passed_over(tmp_path: Path) -> None:
    """In any order."""
    contents = "id,intent,note,text\n1,a,,hello\n2,b,x,hi\n"

    assert numbered_rows(written(tmp_path, "rows.csv", contents)) == {2: ("hello", "a"), 3: ("hi", "b")}


def test_a_text_may_have_commas_quotes_and_lines(tmp_path: Path) -> None:
    """In quotes; a row is known by the line it begins in."""
    contents = 'text,intent\n"one, two\r\nand ""three""",a\nit is 5" wide,b\n'

    found = numbered_rows(written(tmp_path, "rows.csv", contents))

    assert found == {2: ('one, two\r\nand "three"', "a"), 4: ('it is 5" wide', "b")}


@pytest.mark.parametrize(
    ("contents", "told", "reason"),
    [
        ("secret,a\nsecret,b\n", ["1: the first line must name"], "no names"),
        ("text,label\nsecret,b\n", ["1: the first line must name"], "another name"),
        ("text,intent,text\nsecret,b,c\n", ["1: the first line must name"], "a name twice"),
        ("text|intent\nsecret|b\n", ["1: the first line must name"], "another separator"),
        ("text,intent\nsecret, and more,b\n", ["2: not as many cells"], "a comma in a text"),
        ("text,intent\nsecret\n", ["2: not as many cells"], "a cell missing"),
        ("text,intent\n,a\nsecret,\n", ["2: text is empty", "3: intent is empty"], "empty cells are no null"),
        ('text,intent\nhi,a\n"secret,b\nsecret,c\n', ["3: a quote that is not closed"], "an open quote"),
        ('text,intent\n"secret" he said,b\n', ["2: a quote that is not closed"], "words after a quote"),
        (f"text,intent\n{'secret' * 900_000},b\n,c\n", ["2: a quote that is", "3: text is empty"], "five megabytes"),
        (f'text,intent\n"{"secret,a" * 9}\n{"secret,b" * 20_000}\n,c\n', ["2: a quote", "4: text"], "after that"),
    ],
)
def test_a_broken_table_is_refused_by_its_lines(tmp_path: Path, contents: str, told: list[str], reason: str) -> None:
    """Whatever can still be read is read, so that all is told at once; nothing of the rows is quoted."""
    refusal = refusal_of(written(tmp_path, "rows.csv", contents))

    assert len(refusal.splitlines()) == len(told), (reason, refusal)
    for line, start in zip(refusal.splitlines(), told, strict=True):
        assert line.startswith(f"rows.csv:{start}"), (reason, refusal)
    assert "secret" not in refusal, reason


@pytest.mark.parametrize("contents", ["", "\n\n", "text,intent\n", "\ufefftext,intent\r\n"])
def test_a_table_without_rows_is_refused(tmp_path: Path, contents: str) -> None:
    """Names alone are no rows."""
    assert "rows.csv holds no rows" in refusal_of(written(tmp_path, "rows.csv", contents))


@pytest.mark.parametrize(
    ("line", "detail", "reason"),
    [
        ("{secret", "(column 2)", "a line cut off"),
        ('{"text": "secret", "intent": "a"', "(column 33)", "a brace missing"),
        ("[" * 100_000, "(nested too deep", "nested beyond all reason"),
        ('{"text": "secret", "intent": ' + "1" * 5_000 + "}", "endless number)", "a number beyond all reason"),
        ("secret,a", "(column 1)", "a table that is not named so"),
        ("[", "(column 2)", "one list of all rows"),
        ('"secret"', "must be a JSON object", "a string"),
        ("[]", "must be a JSON object", "a list"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused(tmp_path: Path, line: str, detail: str, reason: str) -> None:
    """With an example of a line that is one."""
    refusal = refusal_of(written(tmp_path, "rows.jsonl", f"\n{line}\n"))

    assert refusal.startswith("rows.jsonl:2: "), reason
    assert detail in refusal, reason
    assert 'Write {"text": "' in refusal, reason
    assert "secret" not in refusal, reason


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_another_encoding_is_told_by_its_lines(tmp_path: Path, name: str, encoding: str) -> None:
    """Good lines around it are no excuse, and none of it is guessed at."""
    lines = {
        "rows.csv": ["text,intent", "plain words,a", "un café,b"],
        "rows.jsonl": ['{"text": "hi", "intent": "a"}'] * 2 + ['{"text": "un café", "intent": "b"}'],
    }[name]
    first = 3 if encoding in {"latin-1", "cp1252"} else 1

    refusal = refusal_of(written(tmp_path, name, "\n".join(lines).encode(encoding)))

    assert refusal.startswith(f"{name}:{first}: not UTF-8 text")
    assert "Save the file as UTF-8." in refusal
    assert len(refusal.splitlines()) == 1
    assert "caf" not in refusal


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_zeros_are_no_text(tmp_path: Path, name: str) -> None:
    """A file that was not written to its end is full of them."""
    good = PLAIN if name == "rows.csv" else '{"text": "hi", "intent": "a"}\n' * 3

    assert refusal_of(written(tmp_path, name, good + "\0" * 4096)).startswith(f"{name}:4: not UTF-8 text (character 1)")


@pytest.mark.parametrize("name", ["absent.jsonl", "absent.csv", ".", "folder.csv"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """Neither an absent file nor a folder can be read."""
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(DatasetError, match=r"cannot be read: .+\. Give the path of a file of rows\."):
        numbered_rows(tmp_path / name)


def test_reading_changes_no_limit_of_the_process(tmp_path: Path) -> None:
    """The longest cell that the csv module reads is one for the whole process."""
    before = csv.field_size_limit()
    refusal_of(written(tmp_path, "rows.csv", "text,intent\n" + "a" * 200_000 + ",b\n"))

    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("lines", "told"),
    [([7], "7"), ([1, 2, 3, 4, 5], "1, 2, 3, 4, 5"), ([*range(1, 2_006)], "1, 2, 3, 4, 5 and 2,000 more")],
)
def test_many_lines_are_told_by_the_first(lines: list[int], told: str) -> None:
    """Nobody reads a thousand numbers."""
    assert listed(lines) == told
