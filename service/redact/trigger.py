"""Signs that a text shows at a glance. A detector is run only if the text shows the signs that the detector needs."""

from __future__ import annotations

from enum import IntFlag, auto


class Sign(IntFlag):
    """Signs of a text, combined as plain integers. Arithmetic on flags would cost more than the whole glance."""

    DIGIT = auto()
    MANY_DIGITS = auto()
    """Five digits or more: enough for a phone, a card, an id or an order."""
    AT = auto()
    SLASH = auto()
    TOKEN = auto()
    SECRET = auto()
    BIRTH = auto()
    SOCIAL = auto()
    PLATE = auto()
    STREET = auto()
    HOUSE = auto()
    NAME = auto()
    PRESENTED = auto()
    HERE = auto()
    SIGNED = auto()
    REFERENCE = auto()
    INITIAL = auto()
    """The text ends with a single letter."""
    SPOKEN_DIGITS = auto()
