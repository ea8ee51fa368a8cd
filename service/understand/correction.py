"""Cue words of English by which a customer withdraws, replaces, adds to or answers earlier turns."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

LONGEST_ANSWER = 120
"""Characters above which a turn is more than an answer."""


class Move(Enum):
    """Effect of a turn on the goals of earlier turns."""

    STATES = auto()
    """A turn without a cue. Its goal is the newest, and wins."""
    ADDS = auto()
    """`And also …`: its goal joins the goals of earlier turns."""
    ANSWERS = auto()
    """A yes, a number, a name or a date, without a goal. Earlier goals stay."""
    REPLACES = auto()
    """`Actually, no, …`: earlier goals are dropped, even if the turn is silent about a new goal."""
    WITHDRAWS = auto()
    """`Never mind.`: earlier goals are dropped, and the turn is without a goal."""


class Correction(NamedTuple):
    """Offsets of a cue, end exclusive. Only the text after the cue counts."""

    start: int
    end: int
    withdraws: bool
    """Whether only pleasantries follow the cue."""


CORRECTION = re.compile(
    r"""(?P<dropped>
            (?<!will\ )(?<!would\ )\bnever\ ?mind\b
              (?:\ (?:about\ )?(?:(?:that|it|all\ that)\b|(?:the|my)\ [^,.;!?\n]{1,60}[,.;!?])
                |(?!\ (?:the|my|a|an|if|how|what|about)\b))
          | (?<!n't\ )(?<!not\ )(?<!never\ )\b(?:forget|scrap|scratch|ignore|disregard)\ (?:
                (?:about\ )?(?:that|it|all\ that)
              | (?:what|everything)\ i(?:\ just|'ve|\ have)?\ (?:said|wrote|asked)
              | my\ (?:last|previous|first)\ (?:message|question|mail|e-?mail))\b
              (?!\ (?:i|we|you|my|the)\b))
      | \b(?:no|oh)[,.]?\ (?:no[,.]?\ )?(?:wait|hang\ on|hold\ on)\b(?!\ (?:time|list|for|at|period|until|till|a)\b)
      | \bwait[,.]?\ (?:no|actually|sorry)\b(?!\ (?:longer|more)\b)
      | \bactually[,.]?\ (?:no|wait)\b(?!\ (?:longer|more|one|idea|for|until)\b)
      | \bon\ second\ thoughts?\b
      | \b(?:sorry|no)[,.]?\ i\ meant\b""",
    re.IGNORECASE | re.VERBOSE,
)
CUES = (
    *("mind", "wait", "actually", "hang on", "hold on", "second thought", "meant"),
    *("forget", "scrap", "scratch", "ignore", "disregard"),
)
"""Every correction contains one of these. A search for them is far quicker than the whole expression."""
ADDITION = re.compile(
    r"""\W*(?:(?:oh|ah|and|yes|yeah|ok|okay|thanks|great|cool)\b\W+){0,3}(?:
          (?:also|plus|another\ thing|one\ (?:more|other|last)\ (?:thing|question)
            |while\ (?:i'm|i\ am|you're|you\ are)|on\ top\ of\ that|as\ well\ as)\b
        | (?<=and\ )(?:can|could|please|i)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
ANSWER = re.compile(
    r"""\W*+(?:(?>(?:
          <\w+> | [#£$€+]?\d[\d/:.,£$€%+-]*(?:st|nd|rd|th|am|pm)? | (?=[a-z-]*\d)[a-z\d-]+
        | yes|yep|yeah|yup|ya|no|nope|nah|ok|okay|sure|correct|right|exactly|fine|please|thanks|thank|you|so|um|uh|er
        | it's|it|that's|that|this|is|are|was|the|my|a|an|of|on|at|in|to|for|from|till|until|by|i'm|i|am|here|under
        | with|and|or|first|last|full|name|surname|number|order|booking|reference|ref|account|customer|confirmation
        | code|zip|postcode|e-?mail|mail|address|phone|mobile|date|birth|dob
        | today|tomorrow|tonight|yesterday|morning|afternoon|evening|noon|next|week|month
        | (?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september
        | october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec
        | zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|double|dash
        )(?![\w']))[\s,.!;:'"()-]*+)+""",
    re.IGNORECASE | re.VERBOSE,
)
PLEASANTRIES = re.compile(
    r"\W*+(?:\b(?:thanks|thank|you|sorry|please|bye|ok|okay|cheers|it|that|about|for|now|all|then|anyway)\b\W*+)*+\Z",
    re.IGNORECASE,
)
GAP = re.compile(r"[\s,.;:!?\u2013\u2014-]*+")


def with_plain_apostrophes(text: str) -> str:
    """Return the text in the same length, with the apostrophes that the expressions here expect."""
    return text.replace("\u2019", "'")


def last_correction(utterance: str, start: int, end: int) -> Correction | None:
    """Return the last cue between the offsets that drops the text before the cue.

    `No, wait` at the end of a text only asks for patience, and is left out.
    """
    # A long text is looked through stretch by stretch: folding all of it each time would take the square of its length.
    folded = utterance[start:end].lower()
    if not any(cue in folded for cue in CUES):
        return None
    text = with_plain_apostrophes(utterance)[:end]
    last: Correction | None = None
    for cue in CORRECTION.finditer(text, start):
        is_bare = PLEASANTRIES.match(text, cue.end()) is not None
        if cue["dropped"] is not None or not is_bare:
            gap = GAP.match(text, cue.end())
            last = Correction(cue.start(), gap.end() if gap is not None else cue.end(), is_bare)
    return last


def move_of(utterance: str) -> Move:
    """Return the effect of a turn, by its words alone."""
    text = with_plain_apostrophes(utterance)
    correction = last_correction(text, 0, len(text))
    if correction is not None:
        return Move.WITHDRAWS if correction.withdraws else Move.REPLACES
    if len(text) <= LONGEST_ANSWER and ANSWER.fullmatch(text):
        return Move.ANSWERS
    return Move.ADDS if ADDITION.match(text) else Move.STATES
