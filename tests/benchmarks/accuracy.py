"""How right a bundle is with few and many examples, on public intent sets: `python -m tests.benchmarks.accuracy`.

Sets are read from a folder of JSON Lines (`NAME.train.jsonl`, `NAME.test.jsonl`, perhaps `NAME.val.jsonl`) that does
not come with Errand. Without `--claim`, rows of the training file (or the validation file) are held out to tune on;
with it, the test file is read, which should happen once a claim.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from service.learn.dataset import Dataset, dataset_of, read_rows
from service.learn.evaluate import Evaluation, evaluate
from service.learn.kit import EncoderKit, open_kit
from service.learn.source import default_source
from service.learn.train import train
from service.redact.chain import Redactor
from service.understand.bundle import load_bundle

Row = tuple[str, str | None]
SIZES = (1, 5, 10, 25, 0)
"""Examples an intent; 0 is all."""
FIGURES = ("accuracy", "oos_auroc", "oos_recall", "ece", "coverage", "error_among_accepted", "lexical_share")
HELD_OUT = 0.15


def main() -> None:
    """Train and measure each set at each size with each seed, and print one table."""
    options = _options()
    console = Console()
    files = [options.data / f"{name}.train.jsonl" for name in options.sets]
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        console.print(f"skipped: {', '.join(missing)} not found; give the folder that holds them with --data")
        sys.exit(0)
    kit = open_kit(default_source(), options.cache, _quiet)
    table = Table("set", "examples", "seeds", *FIGURES, "build s")
    results = []
    for name in options.sets:
        training, test = _rows(options.data, name, claim=options.claim)
        for size in options.sizes:
            seeds = range(1 if size == 0 else options.seeds)
            runs = [_run(kit, _sample(training, size, seed), test, seed) for seed in seeds]
            row = {"set": name, "examples": size or "all", "seeds": len(runs), **_means(runs)}
            results.append(row)
            table.add_row(*(_shown(value) for value in row.values()))
            console.print(row)
    console.print(table)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _run(kit: EncoderKit, rows: list[Row], test: Dataset, seed: int) -> tuple[Evaluation, float]:
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            dataset_of(rows, Redactor()),
            kit,
            out=Path(folder) / "bundle",
            misroute_budget=0.03,
            seed=seed,
            provenance={},
            progress=_quiet,
        )
        return evaluate(load_bundle(trained.folder), test, progress=_quiet), trained.seconds


def _means(runs: list[tuple[Evaluation, float]]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    for figure in FIGURES:
        values = [getattr(evaluation, figure) for evaluation, _ in runs]
        known = [value for value in values if value is not None]
        figures[figure] = float(np.mean(known)) if known else None
    return {**figures, "seconds": float(np.mean([seconds for _, seconds in runs]))}


def _rows(folder: Path, name: str, *, claim: bool) -> tuple[list[Row], Dataset]:
    training = read_rows(folder / f"{name}.train.jsonl")
    validation = folder / f"{name}.val.jsonl"
    if claim:
        test = read_rows(folder / f"{name}.test.jsonl")
    elif validation.is_file():
        test = read_rows(validation)
    else:
        order = np.random.default_rng(0).permutation(len(training))
        cut = int(len(training) * HELD_OUT)
        test = [training[row] for row in order[:cut]]
        training = [training[row] for row in sorted(order[cut:])]
    return training, dataset_of(test, Redactor())


def _sample(rows: list[Row], size: int, seed: int) -> list[Row]:
    """`size` rows of each intent, and as many out of scope as there are, at most 100; all rows where size is 0."""
    if size == 0:
        return rows
    by_intent: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        by_intent[row[1]].append(row)
    generator = np.random.default_rng(seed)
    chosen: list[Row] = []
    for intent, own in sorted(by_intent.items(), key=lambda item: str(item[0])):
        count = min(len(own), 100 if intent is None else size)
        chosen += [own[place] for place in generator.permutation(len(own))[:count]]
    return chosen


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the sets")
    parser.add_argument("--sets", nargs="+", default=["clinc150", "hwu64"], help="names of sets in it")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples an intent; 0 is all")
    parser.add_argument("--seeds", type=int, default=3, help="samples drawn at each size")
    parser.add_argument("--claim", action="store_true", help="read the test files, for a claim")
    parser.add_argument("--cache", type=Path, default=Path("var/cache"), help="where the prepared encoder is kept")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser.parse_args()


def _quiet(step: str, share: float) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    main()
