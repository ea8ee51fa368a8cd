"""YAML files: what is read from them, on which lines, and how broken ones are reported."""

from __future__ import annotations

import pytest

from service.catalogue.yaml_document import MAX_BYTES, read_document


@pytest.mark.parametrize("scalar", ["yes", "NO", "12:30", "007", "2026-02-30", "0x_", ".inf", "1_000"])
def test_a_plain_scalar_stays_the_text_that_was_written(scalar: str) -> None:
    """Nothing is turned into a truth value, number or date behind the author's back."""
    assert read_document("a.yaml", f"key: {scalar}".encode()).content == {"key": scalar}


@pytest.mark.parametrize(("scalar", "value"), [("", None), ("~", None), ("null", None), ("'null'", "null"), ("''", "")])
def test_nothing_is_none_unless_it_is_quoted(scalar: str, value: str | None) -> None:
    """A value that is left out is `None`; quotation marks make a text of it."""
    assert read_document("a.yaml", f"key: {scalar}".encode()).content == {"key": value}


def test_every_place_knows_its_line() -> None:
    """Keys and list items have the line they begin on; what is absent has the line of what encloses it."""
    text = "a: 1\nb:\n  - {c: 1,\n     d: 2}\n  -\n    e: 3\nf: |\n  one\n  two\ng: 4\n"

    document = read_document("a.yaml", text.encode())

    assert document.content == {"a": "1", "b": [{"c": "1", "d": "2"}, {"e": "3"}], "f": "one\ntwo\n", "g": "4"}
    places = {("a",): 1, ("b", 0): 3, ("b", 0, "d"): 4, ("b", 1): 6, ("b", 1, "e"): 6, ("f",): 7, ("g",): 10}
    assert {place: document.line(place) for place in places} == places
    assert document.line(("b", 1, "absent", 3)) == 6


def test_an_alias_repeats_what_was_named() -> None:
    """An alias stands for the same value, and what is inside it has the line of the alias."""
    document = read_document("a.yaml", b"a: &x [1, 2]\nb: *x\n")

    assert document.content == {"a": ["1", "2"], "b": ["1", "2"]}
    assert document.line(("b", 1)) == 2


@pytest.mark.parametrize(
    ("text", "line", "phrase"),
    [
        (b"a: 1\nb: c: d\n", 2, "mapping values are not allowed"),
        (b"a:\n\t- b\n", 2, "cannot start any token"),
        (b"a: 1\nb: 'x\n", 2, "unexpected end of stream"),
        (b"a: 1\nb: [1,\n", 3, "not valid YAML"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"a: 1\nb: \x00\n", 2, "control character"),
        (b"a: 1\n---\nb: 2\n", 2, "more than one YAML document"),
        (b"a: 1\nb: *x\n", 2, "alias *x"),
        (b"a: &x [*x]\n", 1, "alias *x"),
        (b"a: 1\n? [b]\n: c\n", 2, "key here is not a plain word"),
        (b"a: " + b"[" * 200_000, 1, "nested deeper"),
        (b"- " * 5_000, 1, "nested deeper"),
        (b"a: " + b"x" * MAX_BYTES, 1, "larger than"),
    ],
)
def test_a_file_that_breaks_off_is_one_problem_on_its_line(text: bytes, line: int, phrase: str) -> None:
    """A file that cannot be read to its end has no content, and says where and why it ended."""
    document = read_document("a.yaml", text)

    assert not document.readable
    assert document.content is None
    assert [(problem.rule, problem.file, problem.line) for problem in document.problems] == [
        ("yaml_syntax", "a.yaml", line)
    ]
    assert phrase in document.problems[0].message
    assert document.problems[0].mend


def test_aliases_cannot_multiply_without_bound() -> None:
    """Nine lines of aliases to aliases would be 387 million values; the file is refused instead."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]

    document = read_document("a.yaml", "\n".join(lines).encode())

    assert "more than 200,000 values" in document.problems[0].message


def test_a_repeated_key_is_reported_with_both_lines() -> None:
    """The second of two equal keys is a mistake that names the first; reading goes on with the first."""
    document = read_document("a.yaml", b"a: 1\nb: 2\na:\n  c: 3\nd: 4\n")

    [problem] = document.problems
    assert (problem.rule, problem.line, problem.where) == ("duplicate_key", 3, "a")
    assert "line 1" in problem.message
    assert document.content == {"a": "1", "b": "2", "d": "4"}


def test_a_tag_is_reported_and_never_obeyed() -> None:
    """A tag that would build an object in other readers is a mistake here, and its text stays text."""
    document = read_document("a.yaml", b"a: 1\nb: !!python/name:os.system ''\n")

    assert [(problem.rule, problem.line) for problem in document.problems] == [("yaml_tag", 2)]
    assert document.content == {"a": "1", "b": ""}


@pytest.mark.parametrize("text", [b"", b"# only a remark\n", b"\xef\xbb\xbfa: 1\n"])
def test_empty_files_and_byte_order_marks_are_no_mistakes(text: bytes) -> None:
    """Nothing to read is nothing wrong."""
    document = read_document("a.yaml", text)

    assert document.readable
    assert not document.problems
