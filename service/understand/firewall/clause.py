"""Cut a company's text into sentences and clauses, since a promotion may hide behind an "and".

Pure, in time linear in the text. `text_segment` cuts the texts of customers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from service.understand.text_segment import Passage

MIN_WORDS = 3
"""Least words of a clause. A shorter clause says too little to be judged alone, and joins the next clause."""
MIN_SENTENCE_WORDS = 2
MOST_PIECES = 64
"""About the most sentences of a text, and the most clauses. In a long text each piece has to be longer."""
OPENING = (
    "we|you|your|our|i|it|if|the|there|why|how|what|may|would|have|did|do|don't|for|with|while|since|when|next|get|"
    "maybe|perhaps|let|should|hey|this|that|these|those|a|an|all|many|most|people|customers|please|as|because|in|on|"
    "at|remember|only|just|not|never|no"
)
"""Words that begin a clause after a conjunction. In "tea and biscuits" the conjunction joins single words."""
SENTENCE = re.compile(r"""(?:(?<=[.!?\u2026])|(?<=[.!?\u2026]["')\]]))\s+(?=["'(\[]?\w) | \n | ;\s""", re.VERBOSE)
CLAUSE = re.compile(
    rf"""\s[\u2013\u2014-]{{1,2}}\s | \u2014 | :\s+ | \s?[(\[](?=\w) | (?<=\w)[.!?]?[)\]](?=\s|$)
      | ,?\s(?=(?:by\ the\ way|btw|p\.?s\.?|in\ the\ meantime|meanwhile)\b)
      | ,\s(?=(?:and|but|so|or|plus|yet|though|although|while|because|since|as|which|oh|hey|why|how|what|may|would|have
          |did|maybe|perhaps|if|next|now)\b)
      | \s(?=(?:and|but|so|plus|yet|though|although|while|because|since)\s(?:{OPENING})\b)""",
    re.VERBOSE | re.IGNORECASE,
)


class ClausePart(NamedTuple):
    """A sentence with its clauses. A sentence of a single clause has an empty list."""

    start: int
    end: int
    clauses: tuple[Passage, ...]


def parts(text: str) -> tuple[ClausePart, ...]:
    """Return the sentences of a text in order, without the blanks and marks between them."""
    shortest = len(text) // MOST_PIECES
    sentences = _pieces(text, Passage(0, len(text)), SENTENCE, MIN_SENTENCE_WORDS, shortest)
    return tuple([_part(text, sentence, shortest) for sentence in sentences])


def _part(text: str, sentence: Passage, shortest: int) -> ClausePart:
    clauses = _pieces(text, sentence, CLAUSE, MIN_WORDS, shortest)
    return ClausePart(*sentence, clauses=tuple(clauses) if len(clauses) > 1 else ())


def _pieces(text: str, whole: Passage, mark: re.Pattern[str], words: int, shortest: int) -> list[Passage]:
    """Cut at every mark that leaves pieces of enough words and characters. A short rest joins the last piece."""
    pieces: list[Passage] = []
    start = whole.start
    for found in mark.finditer(text, *whole):
        if _is_enough(text[start : found.start()], words, shortest):
            pieces.append(_trimmed(text, start, found.start()))
            start = found.end()
    rest = text[start : whole.end]
    if pieces and not _is_enough(rest, words, shortest):
        pieces[-1] = _trimmed(text, pieces[-1].start, whole.end)
    elif rest.strip():
        pieces.append(_trimmed(text, start, whole.end))
    return pieces


def _is_enough(piece: str, words: int, shortest: int) -> bool:
    return len(piece) >= shortest and len(piece.split(maxsplit=words - 1)) >= words


def _trimmed(text: str, start: int, end: int) -> Passage:
    piece = text[start:end]
    return Passage(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
