"""The slowest texts of a search: short seeds, all words that detectors look for, and mixtures that are no crowd yet.

Times are printed and nothing is asserted of them; what must not grow is asserted by tests/unit/redact/test_crowd.py.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from random import Random

from service.domain.understanding import MAX_TEXT
from service.redact.chain import Redactor
from service.redact.dense_text import MARK, most_in
from service.redact.prefilter import _CUE_WORDS

LETTERS = "a1@. -i\nA<(/_+"
"""Each is treated in a way of its own by some detector."""
SAMPLE = 1_500
"""Of seeds of four characters."""
AROUND_CUES = ("{} ", "{} 1 ", "{} A ", "1 {} ", "{}\n", "{}: a1-", "my {} is ", "{} a@a.b ")
SAID = (
    "born on 4 May 1971", "12 Marsh Hill Road", "SW1A 2AA", "order number 88412", "jo.lind@example.org", "TX 75001",
    "07700 900 412", "my name is Jane Whitlow", "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "219-09-9999",
    "calle de la rosa 14", "Musterstraße 12", "RSSMRA85T10A562S", "(212) 555-0187", "one two three four five",
    "https://shop.example/u/9912?t=aB3", "jo [at] example.com", "AB12 34 56 78 C", "a1-b2_c3.d4", "po box 12", "née",
)  # fmt: skip
FILLINGS = ("dr ", "thx\n", "née\n", "mr Ab, ", "i'm Ab, ", "this is a word ")
MIXTURES = 500


def seeds(random: Random) -> Iterator[str]:
    for length in (1, 2, 3):
        yield from map("".join, itertools.product(LETTERS, repeat=length))
    for _ in range(SAMPLE):
        yield "".join(random.choices(LETTERS, k=4))
    for word, around in itertools.product(sorted(_CUE_WORDS), AROUND_CUES):
        yield around.format(word)


def mixture(random: Random, characters: int) -> tuple[str, str]:
    """A text with just not too many numbers to be read one by one, and the piece that it repeats."""
    glue = random.choice(["", " ", ", ", "\n", " dr "])
    seed = glue.join(random.choices(SAID, k=random.randint(1, 4))) + glue
    times = most_in("x" * characters) // max(len(MARK.findall(seed)), 1)
    filling = random.choice(FILLINGS)
    if random.random() < 0.5:
        return seed, (seed * times + filling * characters)[:characters]
    room = max(characters // max(times, 1) - len(seed), 0)
    return seed, ((seed + (filling * room)[:room]) * times)[:characters]


def slowest(random: Random, *, characters: int = MAX_TEXT, most: int = 8) -> tuple[int, list[tuple[float, str]]]:
    """How many texts were tried, and processor seconds of the slowest, the best of three, with their seeds."""
    redactor = Redactor()
    repeated = list(seeds(random))
    texts = itertools.chain(
        ((seed, (seed * characters)[:characters]) for seed in repeated),
        (mixture(random, characters) for _ in range(MIXTURES)),
    )
    once = heapq.nlargest(4 * most, ((seconds_of(redactor, raw_text), seed, raw_text) for seed, raw_text in texts))
    best = ((min(first, seconds_of(redactor, text), seconds_of(redactor, text)), seed) for first, seed, text in once)
    return len(repeated) + MIXTURES, heapq.nlargest(most, best)


def seconds_of(redactor: Redactor, raw_text: str) -> float:
    started = time.process_time()
    redactor.redact(raw_text)
    return time.process_time() - started
