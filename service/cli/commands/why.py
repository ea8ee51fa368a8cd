"""Shows the reasons for an intent to a person: the message with its telling words, their weights, the examples."""

from __future__ import annotations

import re
from textwrap import shorten

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from service.domain.understanding import Why

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that would steer the terminal, or cannot be written to it."""
HIGHLIGHT = "bold black on yellow"
LONGEST_EXAMPLE = 120
"""Characters shown of an example, on one line."""


def show_why(message: str, why: Why, console: Console) -> None:
    """Print the message and its reasons. Offsets of words count in the message."""
    shown = Text(UNPRINTABLE.sub("\ufffd", message.replace("\r", " ")))
    words = Table("Word", Column("Adds to the score", justify="right"), box=SIMPLE_HEAD)
    for word in why.words:
        shown.stylize(HIGHLIGHT, word.start, word.end)
        words.add_row(shown[word.start : word.end], f"{word.weight:.2f}")
    examples = Table("Example it is like", Column("Similarity", justify="right"), box=SIMPLE_HEAD)
    for example in why.examples:
        examples.add_row(Text(shorten(example.text, LONGEST_EXAMPLE, placeholder=" …")), f"{example.similarity:.2f}")
    console.print(Text("\n").append(shown))
    console.print(words if why.words else "\nNo single word tells.")
    console.print(examples if why.examples else "This bundle keeps no examples: it was not built from a catalogue.")
