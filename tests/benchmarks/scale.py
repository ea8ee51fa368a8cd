"""How the time and the memory of training grow with the rows: `python -m tests.benchmarks.scale`.

The rows are made up from words of the encoder's vocabulary, each intent with a few words of its own. Unless `--real` is
given, a table lookup stands in for the encoder, whose time is known to grow with the rows and would hide all the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from service.cli.commands.progress import quiet
from service.learn.dataset import dataset_of, read_rows
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import default_source
from service.learn.train import train
from service.redact.chain import Redactor
from service.understand.encoder import Encoder

Figures = dict[str, tuple[float, float]]
"""Seconds of processor time of each phase, and the most memory up to its end in MB."""

INTENTS = 150
OWN_WORDS = 30
OWN_SHARE = 0.3
OUT_OF_SCOPE_SHARE = 0.05
MEAN_WORDS = 12
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Threads that wait for each other take processor time as well, the more the busier the machine is."""


def main() -> None:
    """Train on each number of rows in a process of its own, and print one table."""
    options = _options()
    if options.one:
        print(json.dumps(_measured(options.one, options.cache, is_real=options.real)))
        return
    console = Console(width=None if sys.stdout.isatty() else 120)
    results: dict[int, Figures] = {}
    for rows in track(options.rows, console=Console(stderr=True)):
        command = [sys.executable, "-m", __spec__.name, "--one", str(rows), "--cache", str(options.cache)]
        command += ["--real"] * options.real
        ran = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True, check=True)
        results[rows] = json.loads(ran.stdout)
    sizes = [f"{rows:,} rows" for rows in results]
    table = Table("phase", *sizes, "growth of time", title="processor seconds · most MB so far")
    for phase in results[options.rows[0]]:
        cells = [results[rows][phase] for rows in results]
        growth = f"{cells[-1][0] / max(cells[0][0], 1e-3):.1f}-fold"
        table.add_row(phase, *(f"{seconds:.1f} · {megabytes:,.0f}" for seconds, megabytes in cells), growth)
    console.print(table)


def _measured(rows: int, cache: Path, *, is_real: bool) -> Figures:
    """One training, phase by phase."""
    kit = open_kit(default_source(), cache, quiet)
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in _rows(rows, kit))
        clock.tell("make the rows up", 1.0)
        read = read_rows(path)
        clock.tell("read", 1.0)
        dataset = dataset_of(read, Redactor())
        clock.tell("redact", 1.0)
        train(
            dataset,
            kit if is_real else replace(kit, encoder=cast("Encoder", TableEncoder(kit))),
            out=Path(folder) / "bundle",
            misroute_budget=0.03,
            seed=0,
            provenance={},
            progress=clock.tell,
        )
        clock.tell("write", 1.0)
    return clock.figures


class _Clock:
    """Takes the time from one report of progress to the next for the step that is reported."""

    def __init__(self) -> None:
        self.figures: Figures = {}
        self._last = process_time()

    def tell(self, step: str, _: float) -> None:
        now = process_time()
        seconds = self.figures.get(step, (0.0, 0.0))[0] + now - self._last
        self.figures[step] = (seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        self._last = now


class TableEncoder:
    """As wide as the encoder it stands in for: a fixed projection of a text's mean static vector."""

    def __init__(self, kit: EncoderKit) -> None:
        assert kit.token_vectors is not None
        self.dimensions = kit.encoder.dimensions
        self._vectors = kit.token_vectors
        shape = (self._vectors.shape[1], self.dimensions)
        self._projection = np.random.default_rng(0).normal(size=shape).astype(np.float32)

    def embed(self, batch: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        embeddings: NDArray[np.float32] = self._vectors[np.asarray(batch)].mean(axis=1) @ self._projection
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        return embeddings


def _rows(count: int, kit: EncoderKit) -> Iterator[tuple[str, str | None]]:
    """Rows of words drawn as often as Zipf's law has it; the same for the same count."""
    tokens = kit.tokenizer.tokens(range(kit.tokenizer.vocabulary_size))
    words = np.array([token for token in tokens if token.isascii() and token.isalpha() and len(token) > 2])
    generator = np.random.default_rng(0)
    own = generator.choice(len(words), (INTENTS, OWN_WORDS))
    frequency = 1.0 / np.arange(10, len(words) + 10)
    frequency /= frequency.sum()
    for _ in range(count):
        length = 2 + generator.poisson(MEAN_WORDS - 2)
        places = generator.choice(len(words), length, p=frequency)
        if generator.random() < OUT_OF_SCOPE_SHARE:
            yield " ".join(words[places]), None
            continue
        intent = int(generator.integers(INTENTS))
        is_own = generator.random(length) < OWN_SHARE
        places[is_own] = generator.choice(own[intent], int(is_own.sum()))
        yield " ".join(words[places]), f"do_thing_{intent}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[12_500, 25_000, 50_000, 100_000])
    parser.add_argument("--real", action="store_true", help="run the encoder itself; some minutes for 25,000 rows")
    parser.add_argument("--cache", type=Path, default=Path("var/cache"), help="where the prepared encoder is kept")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
