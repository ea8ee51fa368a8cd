"""How right, how honest and how fast bundles are, as one table: `python -m tests.benchmarks.accuracy`.

The starter catalogue is measured on the held-out texts that come with it. Public sets are read from a folder of JSON
Lines (`NAME.train.jsonl`, `NAME.test.jsonl`, perhaps `NAME.val.jsonl`) that does not come with Errand. Without
`--claim`, rows of the training file (or the validation file) are held out to tune on; with it, the test file is read,
which should happen once a claim. `--redaction on off training` tells what redaction costs: texts are redacted before
training and test, before neither, or before training alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from service.catalogue.loader import load_catalogue, starter_folder
from service.learn.dataset import Dataset, dataset_of, read_rows
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import default_source
from service.learn.evaluate import Evaluation, evaluate
from service.learn.train import train
from service.redact.chain import Redactor
from service.redact.span import Redacted
from service.understand.bundle import load_bundle
from service.understand.encoder import Encoder
from tests.benchmarks.server import ROOT

Row = tuple[str, str | None]
STARTER = "starter"
STARTER_TEST = ROOT / "tests" / "data" / "starter_held_out.jsonl"
SIZES = (1, 5, 10, 25, 0)
"""Examples an intent; 0 is all."""
BUDGET = 0.03
"""Misroute budget of the public sets; the starter catalogue has its own."""
HELD_OUT = 0.15
FIGURES = {
    "accuracy": "right %",
    "oos_auroc": "AUROC",
    "ece": "calibration error",
    "coverage": "routed %",
    "error_among_accepted": "wrong among these %",
    "lexical_share": "words alone %",
    "ms_per_text": "ms a text",
    "seconds": "build s",
}
PERCENT = frozenset({"accuracy", "coverage", "error_among_accepted", "lexical_share"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    name: str
    training: list[Row]
    test: list[Row]
    budget: float
    sizes: Sequence[int]


class NoRedactor(Redactor):
    """Leaves every text as it is."""

    def redact(self, raw_text: str) -> Redacted:
        return Redacted(utterance=raw_text)


REDACTION: dict[str, tuple[type[Redactor], type[Redactor]]] = {
    "on": (Redactor, Redactor),
    "off": (NoRedactor, NoRedactor),
    "training": (Redactor, NoRedactor),
}
"""Of training rows, and of test rows."""


class RememberingEncoder(Encoder):
    """Encodes each text once, however many samples of a set it is drawn into."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known: dict[tuple[int, ...], NDArray[np.float32]] = {}

    def embed(self, batch: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        keys = [tuple(token_ids) for token_ids in batch]
        missing = [key for key in dict.fromkeys(keys) if key not in self._known]
        if missing:
            self._known.update(zip(missing, super().embed(missing), strict=True))
        return np.stack([self._known[key] for key in keys])


def main() -> None:
    """Train and measure each set at each size with each seed, and print one table."""
    options = _options()
    console = Console(width=None if Console().is_terminal else 130)
    kit = open_kit(default_source(), options.cache, _quiet)
    results = []
    for task in _tasks(options, console):
        remembering = replace(kit, encoder=RememberingEncoder(kit.graph))
        for redaction, size in product(options.redaction, task.sizes):
            seeds = range(1 if size == 0 else options.seeds)
            # Build times are those of a machine that has seen nothing before: only samples are spared the encoder.
            runs = [_run(remembering if size else kit, task, size, seed, redaction) for seed in seeds]
            name = task.name if redaction == "on" else f"{task.name}, redaction {redaction}"
            results.append({"set": name, "examples": size or "all", "seeds": len(runs), **_means(runs)})
            console.print(_words(results[-1]), highlight=False)
    console.print(_table(results))
    console.print(_markdown(results), highlight=False, soft_wrap=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _tasks(options: argparse.Namespace, console: Console) -> Iterator[Task]:
    for name in options.sets:
        if name == STARTER:
            catalogue = load_catalogue(starter_folder())
            rows, test = catalogue.training_rows(), read_rows(STARTER_TEST)
            yield Task(name=name, training=rows, test=test, budget=catalogue.policy.misroute_budget, sizes=(0,))
        elif (options.data / f"{name}.train.jsonl").is_file():
            training, test = _public(options.data, name, claim=options.claim)
            yield Task(name=name, training=training, test=test, budget=BUDGET, sizes=options.sizes)
        else:
            console.print(f"skipped {name}: {name}.train.jsonl is not in {options.data}; name its folder with --data")


def _run(kit: EncoderKit, task: Task, size: int, seed: int, redaction: str) -> tuple[Evaluation, float]:
    training, test = read_by(redaction, _sample(task.training, size, seed), task.test)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            training,
            kit,
            out=Path(folder) / "bundle",
            misroute_budget=task.budget,
            seed=seed,
            provenance={},
            progress=_quiet,
        )
        return evaluate(load_bundle(trained.folder), test, progress=_quiet), trained.seconds


def read_by(redaction: str, training: list[Row], test: list[Row]) -> tuple[Dataset, Dataset]:
    """Both as a classifier is to see them."""
    of_training, of_test = REDACTION[redaction]
    return dataset_of(training, of_training()), dataset_of(test, of_test())


def _means(runs: list[tuple[Evaluation, float]]) -> dict[str, float | None]:
    """Means over the seeds, and the largest distance of an accuracy from theirs."""
    figures: dict[str, float | None] = {}
    for figure in FIGURES:
        values = [seconds if figure == "seconds" else getattr(evaluation, figure) for evaluation, seconds in runs]
        known = [value for value in values if value is not None]
        figures[figure] = float(np.mean(known)) if known else None
    accuracies = [evaluation.accuracy or 0.0 for evaluation, _ in runs]
    return {**figures, "spread": max(abs(value - float(np.mean(accuracies))) for value in accuracies)}


def _public(folder: Path, name: str, *, claim: bool) -> tuple[list[Row], list[Row]]:
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
    return training, test


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


def _words(row: dict[str, object]) -> str:
    return ", ".join(f"{name} {_shown(name, value)}" for name, value in row.items())


def _shown(name: str, value: object) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if name in PERCENT or name == "spread":
        return f"{100 * value:.1f}"
    return f"{value:.0f}" if name == "seconds" else f"{value:.2f}" if name == "ms_per_text" else f"{value:.3f}"


def _cells(row: dict[str, object]) -> list[str]:
    accuracy = _shown("accuracy", row["accuracy"])
    if row["seeds"] != 1:
        accuracy += f" ±{_shown('spread', row['spread'])}"
    figures = [accuracy, *(_shown(name, row[name]) for name in FIGURES if name != "accuracy")]
    return [str(row["set"]), str(row["examples"]), str(row["seeds"]), *figures]


def _table(results: list[dict[str, object]]) -> Table:
    table = Table("set", "examples", "seeds", *FIGURES.values())
    for row in results:
        table.add_row(*_cells(row))
    return table


def _markdown(results: list[dict[str, object]]) -> str:
    heads = ["set", "examples an intent", "seeds", *FIGURES.values()]
    lines = [heads, ["---"] * len(heads), *(_cells(row) for row in results)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the public sets")
    parser.add_argument("--sets", nargs="+", default=[STARTER, "clinc150", "hwu64"], help="names of sets")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="examples an intent; 0 is all")
    parser.add_argument("--seeds", type=int, default=3, help="samples drawn at each size")
    parser.add_argument("--claim", action="store_true", help="read the test files, for a claim")
    parser.add_argument(
        "--redaction", nargs="+", choices=list(REDACTION), default=["on"], help="where texts are redacted"
    )
    parser.add_argument("--cache", type=Path, default=Path("var/cache"), help="where the prepared encoder is kept")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser.parse_args()


def _quiet(step: str, share: float) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    main()
