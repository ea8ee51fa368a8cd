"""What a person sees of an explanation in a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from service.cli.commands.why import LONGEST_EXAMPLE, show_why
from service.domain.understanding import NearExample, TellingWord, Why

STYLED = re.compile(r"\x1b\[[0-9;]+m([^\x1b]*)\x1b\[0m")


def shown(message: str, *, words: tuple[str, ...] = (), examples: tuple[str, ...] = ()) -> str:
    """The output in a terminal, where these words of the message tell."""
    places = [(message.index(word), message.index(word) + len(word)) for word in words]
    telling = [TellingWord(turn=0, start=start, end=end, weight=1.5) for start, end in places]
    near = [NearExample(text=text, similarity=0.5) for text in examples]
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=200)
    show_why(message, Why(examples=tuple(near), words=tuple(telling)), console)
    return file.getvalue()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("please track my order now", "plain"),
        ("\a\x1b[1mplease track\r\nmy order", "behind what is not shown as it is"),
        ("[bold]please[/bold] track my order", "behind what looks like markup"),
        ("👩‍👩‍👧 track my order", "behind several code points of one character"),
    ],
)
def test_the_words_that_tell_are_marked_in_the_message(message: str, reason: str) -> None:
    """These and no others, wherever they stand."""
    first_lines = shown(message, words=("track", "order")).partition("Word")[0]

    assert STYLED.findall(first_lines)[:2] == ["track", "order"], reason


def test_a_long_example_is_cut_to_one_line() -> None:
    """Letters are examples too."""
    found = shown("hello", examples=("Dear all,\n\nwhere is my parcel?\n" + "It is late. " * 50,))

    (line,) = [line.strip() for line in found.splitlines() if "Dear all" in line]
    assert line.startswith("Dear all, where is my parcel?")
    assert "…" in line
    assert len(line) < LONGEST_EXAMPLE + 30


def test_what_there_is_none_of_is_said() -> None:
    """An empty table would look like a mistake."""
    found = shown("hello")

    assert "No single word tells." in found
    assert "keeps no examples" in found
