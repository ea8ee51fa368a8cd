"""`errand evaluate`: figures of a bundle on rows that were kept out of its training."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console

from service.cli.commands.progress import step_bars
from service.edition.startup import find_intents
from service.errors import DatasetError
from service.learn.dataset import dataset_of, last_text, read_labelled_turns
from service.learn.evaluate import evaluate as measure
from service.learn.evaluation_report import print_report, write_page
from service.learn.served_reading import intents_for, read_all
from service.redact.chain import Redactor
from service.settings import read_settings
from service.understand.bundle import load_bundle

STANDARD = Path("-")


def require_writable(target: Path) -> None:
    """Raise DatasetError if the file cannot be written, before the work is begun rather than after it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise DatasetError(f"{target} cannot be written: {error.strerror}.") from error


def evaluate(*, test: Path, bundle: Path | None, json_file: Path | None, page: Path | None) -> None:
    """Measure, print the figures, and write them to the files that are given."""
    for target in (json_file, page):
        if target is not None and target != STANDARD:
            require_writable(target)
    rows = read_labelled_turns(test)
    dataset = dataset_of([(last_text(turns), intent) for turns, intent in rows], Redactor())
    settings = read_settings()
    cascade = load_bundle(bundle or settings.resolved_bundle)
    intents = intents_for(cascade, find_intents(settings))
    with step_bars(Console(stderr=True)) as progress:
        read = read_all(cascade, [turns for turns, _ in rows], intents, progress)
        evaluation = measure(cascade, dataset, progress=progress, verdicts=[each.verdict for each in read])
    figures = json.dumps(evaluation.as_json(), indent=1)
    if json_file == STANDARD:
        typer.echo(figures)
    else:
        print_report(evaluation, Console())
    if json_file is not None and json_file != STANDARD:
        json_file.write_text(figures + "\n", encoding="utf-8")
    if page is not None:
        write_page(evaluation, page)
