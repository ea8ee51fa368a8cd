"""Noisy copies of examples: the way people type and speak, so that noise changes no intent.

Examples are clean and contacts are not. Each copy is made from one example by one or two changes: slips of the
fingers, capitals, missing punctuation, fillers of speech, politeness and a story around the errand. All sentences
are written for this purpose. Deterministic for the same texts and seed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

LETTERS: Final = re.compile(r"<\w+>|[A-Za-z]{4,}")
"""Placeholders, and words that are long enough for a slip."""
PUNCTUATION: Final = re.compile(r"[.,;:!?]+(?=\s|$)")
PLACEHOLDER: Final = re.compile(r"<\w+>")
NEIGHBOURS: Final = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
"""Letters beside each other on a keyboard."""
OPENINGS: Final = (
    "Good day to you all.", "Hello team,", "hi there, hope someone can help.", "Sorry to trouble you again.",
    "hey, quick one.", "Dear Sir or Madam,", "right, here goes.", "ok so", "er hello", "um yeah so", "hiya",
    "I hope I have reached the right place.", "Not sure who to ask, so I am trying you.", "well um", "uh right",
    "Good afternoon, I trust you are keeping well.", "excuse me please", "morning all", "so basically", "hmm ok",
)  # fmt: skip
STORIES: Final = (
    "I have been a customer for ages.", "My sister told me about you years ago.", "It has been one of those weeks.",
    "We moved house in spring and everything is upside down.", "I am writing this on the train.",
    "My husband usually deals with these things.", "I never normally write to companies.",
    "The children have been ill, so I am late with this.", "I looked around your site for a good while first.",
    "We always shop with you and mostly it goes fine.", "I am seventy-four and not good with computers.",
    "I tried to find this out myself last night.", "Long day, sorry if this is muddled.",
)  # fmt: skip
CLOSINGS: Final = (
    "Thank you ever so much.", "Many thanks for your trouble.", "cheers", "thx", "Kind regards", "ta very much",
    "I look forward to hearing from you.", "please and thank you", "if that's ok", "you know what I mean",
    "Thanking you for your time.", "no rush", "lol", "sorry!", "hope that makes sense", "and that's it really",
    "bye for now", "that would be great",
)  # fmt: skip
FILLERS: Final = ("um", "uh", "like", "you know", "erm", "sort of", "well", "I mean", "so", "actually", "just")


def noisy_copies(texts: Sequence[str], *, seed: int) -> list[str]:
    """One noisy copy of each text, in the same order. Placeholders of redaction stay as they are."""
    return [noisy(text, Random(f"{seed}:{_digest(text)}")) for text in texts]  # noqa: S311  (no secret is drawn)


def noisy(text: str, random: Random) -> str:
    """A noisy copy of a text, by one or two changes that suit its length."""
    words = len(text.split())
    changes: list[Callable[[str, Random], str]] = [slip, slip, slip, capitals, bare]
    if words > 2:
        changes += [slips, spoken, opened, closed, opened, closed]
    if words > 4:
        changes.append(told)
    first = random.choice(changes)
    text = first(text, random)
    if random.random() < 0.35:
        text = random.choice([slip, bare, closed if words > 2 else slip])(text, random)
    return text


def slip(text: str, random: Random) -> str:
    """One slip of the fingers in a word of four letters or more."""
    places = [found for found in LETTERS.finditer(text) if not found[0].startswith("<")]
    if not places:
        return text
    word = random.choice(places)
    return text[: word.start()] + _misspelt(word[0], random) + text[word.end() :]


def slips(text: str, random: Random) -> str:
    """Two slips, at times in the same word."""
    return slip(slip(text, random), random)


def capitals(text: str, random: Random) -> str:
    """Shouted: capitals, with marks at the end."""
    return PLACEHOLDER.sub(lambda found: found[0].lower(), text.upper().rstrip(".?! ")) + random.choice(
        ["", "!", "!!!", "!!!!", "??"]
    )


def bare(text: str, _: Random) -> str:
    """Without punctuation and capitals, as many people type."""
    return PUNCTUATION.sub("", text).lower()


def spoken(text: str, random: Random) -> str:
    """As dictated: lower case, no punctuation, fillers between words."""
    words = bare(text, random).split()
    for _ in range(1 + len(words) // 6):
        words.insert(random.randrange(len(words) + 1), random.choice(FILLERS))
    return " ".join(words)


def opened(text: str, random: Random) -> str:
    """With a greeting or a courtesy before it."""
    return f"{random.choice(OPENINGS)} {text}"


def closed(text: str, random: Random) -> str:
    """With a courtesy after it."""
    return f"{text.rstrip()} {random.choice(CLOSINGS)}"


def told(text: str, random: Random) -> str:
    """With a sentence of a story before or after it."""
    story = random.choice(STORIES)
    return f"{story} {text}" if random.random() < 0.6 else f"{text.rstrip()} {story}"


def _misspelt(word: str, random: Random) -> str:
    place = random.randrange(1, len(word) - 1)
    letter = word[place]
    near = random.choice(NEIGHBOURS.get(letter.lower(), letter))
    return random.choice(
        [
            word[:place] + word[place + 1] + letter + word[place + 2 :],
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + near + word[place + 1 :],
        ]
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
