"""The slowest texts of a search: short seeds, and all words that detectors look for, repeated to the longest text.

Times are printed and nothing is asserted of them; what must not grow is asserted by tests/unit/redact/test_crowd.py.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from random import Random

from service.api.schema import MAX_TEXT
from service.redact.chain import Redactor
from service.redact.prefilter import _CUE_WORDS

LETTERS = "a1@. -i\nA<(/_+"
"""Each is treated in a way of its own by some detector."""
SAMPLE = 1_500
"""Of seeds of four characters."""
AROUND_CUES = ("{} ", "{} 1 ", "{} A ", "1 {} ", "{}\n", "{}: a1-", "my {} is ", "{} a@a.b ")


def seeds(random: Random) -> Iterator[str]:
    for length in (1, 2, 3):
        yield from map("".join, itertools.product(LETTERS, repeat=length))
    for _ in range(SAMPLE):
        yield "".join(random.choices(LETTERS, k=4))
    for word, around in itertools.product(sorted(_CUE_WORDS), AROUND_CUES):
        yield around.format(word)


def slowest(random: Random, *, characters: int = MAX_TEXT, most: int = 8) -> tuple[int, list[tuple[float, str]]]:
    """How many texts were tried, and processor seconds of the slowest with their seeds."""
    redactor = Redactor()
    times = []
    for seed in seeds(random):
        raw_text = (seed * characters)[:characters]
        started = time.process_time()
        redactor.redact(raw_text)
        times.append((time.process_time() - started, seed))
    return len(times), heapq.nlargest(most, times)
