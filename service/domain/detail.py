"""Details of an errand: the details that a catalogue declares, and the details that a customer told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class DetailKind(StrEnum):
    """Form of a detail's value."""

    PHRASE = "phrase"
    """The customer's own words, as the customer said them."""
    NUMBER = "number"
    """From 0 to 9,999."""
    DATE = "date"
    """An ISO date."""
    TIME = "time"
    """`HH:MM`, from 00:00 to 23:59."""
    REFERENCE = "reference"
    """Number or code that a company gave to an order, a booking or a case."""
    CHOICE = "choice"
    """Name of an option."""
    FLAG = "flag"
    """True or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailOption:
    """One option of a choice."""

    name: str
    synonyms: tuple[str, ...] = ()
    """Other words for the option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailSpec:
    """A detail that the catalogue declares."""

    name: str
    """Lower case with underscores, such as `room_number`. The words of the name are cues for numbers and references."""
    kind: DetailKind
    ask: str
    """The question to the customer."""
    examples: tuple[str, ...] = ()
    """Sentences with the value in braces: `do you have the {red kettle}`. For a flag, words that make it true."""
    options: tuple[DetailOption, ...] = ()
    """For a choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A redacted value that lives in the memory of one request."""

    kind: str
    """Kind of the redactor, such as `order_number`."""
    start: int
    end: int
    """Place of the placeholder in the utterance, in code points (end exclusive)."""
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDetail:
    """A detail with its place in the utterance, in code points (end exclusive)."""

    name: str
    kind: DetailKind
    value: str | int | float | bool = field(repr=False)
    start: int
    end: int
