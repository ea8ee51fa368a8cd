"""`errand train`: examples in, bundle out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from service.catalogue.schema import Catalogue
from service.command.progress import step_bars
from service.context import open_catalogue
from service.errors import DatasetError
from service.learn.dataset import dataset_of, read_rows
from service.learn.kit import open_kit
from service.learn.source import default_source, named_source
from service.learn.train import Trained
from service.learn.train import train as build
from service.redact.chain import Redactor
from service.settings import read_settings

DEFAULT_BUDGET = 0.03


def train(
    *,
    catalogue: Path | None,
    examples: Path | None,
    out: Path | None,
    encoder: str | None,
    budget: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Build the bundle and say how it did."""
    if catalogue is not None and examples is not None:
        raise DatasetError("Give either --catalogue or --examples: a bundle is built from one of them.")
    if budget is not None and not 0 < budget <= 0.5:
        raise DatasetError("--misroute-budget must be above 0 and at most 0.5, for example 0.03.")
    settings = read_settings()
    console = Console(stderr=True)
    if examples is not None:
        rows, provenance = read_rows(examples), {"examples": examples.name}
    else:
        opened = open_catalogue(settings, catalogue)
        rows, provenance = opened.training_rows(), catalogue_provenance(opened)
        budget = budget or opened.policy.misroute_budget
    with step_bars(console) as progress:
        source = default_source() if encoder is None else named_source(encoder)
        trained = build(
            dataset_of(rows, Redactor()),
            open_kit(source, settings.home / "cache", progress),
            out=out or settings.resolved_bundle,
            misroute_budget=budget or DEFAULT_BUDGET,
            seed=seed,
            provenance=provenance,
            progress=progress,
        )
    if as_json:
        typer.echo(json.dumps(_summary(trained)))
        return
    _tell(trained, console)


def catalogue_provenance(catalogue: Catalogue) -> dict[str, str]:
    """What ties a bundle to the catalogue it was learnt from."""
    return {"catalogue": catalogue.version, "rows": catalogue.training_fingerprint()}


def _summary(trained: Trained) -> dict[str, Any]:
    return {
        "bundle": trained.manifest.version,
        "folder": str(trained.folder),
        "seconds": round(trained.seconds, 1),
        **trained.report,
    }


def _tell(trained: Trained, console: Console) -> None:
    report: Mapping[str, Any] = trained.report
    promise = report["promise"]
    console.print(
        f"Bundle [bold]{trained.manifest.version}[/] in {trained.folder}: {report['intents']} labels, "
        f"{report['rows']} rows, {trained.seconds:.1f} s."
    )
    if "held_out_accuracy_encoder" in report:
        console.print(
            f"On rows held out: encoder {report['held_out_accuracy_encoder']:.1%} right, "
            f"lexical head {report['held_out_accuracy_lexical']:.1%}."
        )
    if promise["promised"]:
        console.print(
            f"Promise: at most {promise['misroute_budget']:.1%} wrong among automatic routes "
            f"({promise['held_out_coverage']:.0%} of held-out rows are routed without asking)."
        )
    else:
        console.print(f"[yellow]No promise on misroutes: {promise['reason']}.[/]")
