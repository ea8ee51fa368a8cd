"""Training grows with its rows and no faster; how long it takes is measured by `tests.benchmarks.scale`."""

from __future__ import annotations

import tracemalloc
from itertools import cycle, islice
from pathlib import Path

from service.learn.encoders.prepared import EncoderKit
from tests.support.encoders import ROWS, WORDS, train_tiny

FEW, TIMES = 400, 4


def most_memory(kit: EncoderKit, folder: Path, count: int) -> int:
    """Bytes at the peak of one training on so many rows, each with a word of its own."""
    words = len(WORDS)
    rows = tuple(
        (f"{text} {WORDS[number % words]} {WORDS[number // words % words]}", intent)
        for number, (text, intent) in enumerate(islice(cycle(ROWS), count))
    )
    tracemalloc.start()
    try:
        train_tiny(kit, folder / str(count), rows=rows)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_grows_with_the_rows(kit: EncoderKit, tmp_path: Path) -> None:
    """Four times the rows take less than five times the memory: nothing compares every row with every other."""
    few, many = (most_memory(kit, tmp_path, count) for count in (FEW, FEW * TIMES))

    assert many < (TIMES + 1) * few
