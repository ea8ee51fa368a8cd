"""`errand train`: examples in, bundle out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from service.catalogue.loader import CatalogueReport
from service.catalogue.schema import Catalogue
from service.cli.commands.progress import step_bars
from service.domain.understanding import NO_GOAL_YET
from service.edition.catalogue_firewall import require_vetted
from service.edition.startup import read_catalogue
from service.errors import CatalogueError, DatasetError
from service.learn.dataset import Row, contradictions, dataset_of, numbered_rows, require_trainable
from service.learn.encoders.prepared import open_kit
from service.learn.encoders.source import chosen_source
from service.learn.finetuning.finetune import finetune
from service.learn.finetuning.recipe import Recipe
from service.learn.row_file import LINES_TOLD, listed
from service.learn.train import Trained, require_replaceable
from service.learn.train import train as build
from service.redact.chain import Redactor
from service.settings import read_settings
from service.understand.bundle import open_bundle

DEFAULT_BUDGET, DEFAULT_MISS_BUDGET = 0.03, 0.05
PRESSING = {"urgent": "urgent contacts", "person": "wishes for a person"}


def train(
    *,
    catalogue: Path | None,
    examples: Path | None,
    out: Path | None,
    encoder: str | None,
    budget: float | None,
    seed: int,
    as_json: bool,
    finetune_steps: int | None,
) -> None:
    """Build the bundle and print its figures. `finetune_steps` is `None` if the encoder stays as it is."""
    if catalogue is not None and examples is not None:
        raise DatasetError("Give either --catalogue or --examples: a bundle is built from one of them.")
    if budget is not None and not 0 < budget <= 0.5:
        raise DatasetError("--misroute-budget must be above 0 and at most 0.5, for example 0.03.")
    settings = read_settings()
    report: CatalogueReport | None = None
    opened: Catalogue | None = None
    console = Console(stderr=True)
    if examples is not None:
        rows, provenance = _examples(examples, console), {"examples": "a file of rows"}
    else:
        report = read_catalogue(settings, catalogue)
        opened = report.usable()
        rows, provenance = opened.training_rows(), catalogue_provenance(opened)
        budget = budget or opened.policy.misroute_budget
    target, cache = out or settings.resolved_bundle, settings.home / "cache"
    require_replaceable(target)
    dataset, finetuned = dataset_of(rows, Redactor()).in_order(), None
    with step_bars(console) as progress:
        if finetune_steps is None:
            kit = open_kit(chosen_source(encoder), cache, progress)
        else:
            recipe = Recipe(steps=finetune_steps)
            finetuned = finetune(dataset, encoder, cache=cache, recipe=recipe, seed=seed, progress=progress)
            kit = finetuned.kit
        trained = build(
            dataset,
            kit,
            out=target,
            misroute_budget=budget or DEFAULT_BUDGET,
            seed=seed,
            provenance=provenance,
            progress=progress,
            finetuned=finetuned,
            urgent=frozenset()
            if opened is None
            else frozenset(name for name, intent in opened.intents.items() if intent.urgent),
            person=None if opened is None else opened.policy.human_intent,
            urgent_miss_budget=DEFAULT_MISS_BUDGET if opened is None else opened.policy.urgent_miss_budget,
        )
    if report is not None:
        _vet(report, target, console)
    if as_json:
        typer.echo(json.dumps(_summary(trained)))
        return
    _tell(trained, console)


def _examples(path: Path, console: Console) -> list[Row]:
    """Return the rows of a file to learn from. Texts under more than one intent are told by their lines."""
    rows = numbered_rows(path)
    require_trainable([intent for _, intent in rows.values()])
    twofold = contradictions(rows)
    if twofold:
        lines = "; ".join(listed(same) for same in twofold[:LINES_TOLD])
        more = "; …" if len(twofold) > LINES_TOLD else "."
        doubt = f"{path}: {len(twofold):,} text(s) under more than one intent. Keep each where it belongs: line {lines}"
        console.print(doubt + more, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return list(rows.values())


def _vet(report: CatalogueReport, bundle: Path, console: Console) -> None:
    """Judge the sentences of the catalogue now, so that the service starts without it."""
    opened = open_bundle(bundle)
    try:
        require_vetted(
            report, bundle=opened.manifest.version, open_judge=lambda: opened.judge.promotion_in, folder=bundle
        )
    except CatalogueError:
        doubt = "The catalogue cannot be served as it is: something in it promotes. See: errand catalogue check"
        console.print(doubt, style="yellow", highlight=False, soft_wrap=True)


def catalogue_provenance(catalogue: Catalogue) -> dict[str, str]:
    """Return the values that tie a bundle to the catalogue of its examples."""
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
    if any(report["rows_made"].values()):
        made = report["rows_made"]
        console.print(
            f"Beside {report['out_of_scope_rows']} given rows out of scope, {made['out_of_scope']} were made, "
            f"and {made[NO_GOAL_YET]} without a goal. Give real ones where you have them.",
            highlight=False,
        )
    if "finetune" in report:
        verdict = report["finetune"]
        console.print(verdict["reason"], style=None if verdict["kept"] else "yellow", highlight=False)
    if "held_out_accuracy_encoder" in report:
        console.print(
            f"On rows held out: encoder {report['held_out_accuracy_encoder']:.1%} right, "
            f"lexical head {report['held_out_accuracy_lexical']:.1%}."
        )
    firewall = report["firewall"]
    console.print(
        f"Firewall: finds {firewall['held_out_recall']:.0%} of the promotional examples, which were chosen to be hard, "
        f"and refuses {firewall['held_out_false_refusals']:.1%} of the others (held out)."
    )
    if promise["promised"]:
        console.print(
            f"Guarantee: at most {promise['misroute_budget']:.1%} wrong among automatic routes, each row read as the "
            f"service reads it ({promise['held_out_coverage']:.0%} of held-out rows are routed without asking, "
            f"{promise['held_out_error']:.1%} of them wrong)."
        )
    else:
        console.print(f"[yellow]No guarantee on misroutes: {promise['reason']}.[/]")
    for name, told in report["pressing"].items():
        console.print(_pressing_sentence(PRESSING[name], told), highlight=False)


def _pressing_sentence(name: str, told: Mapping[str, Any]) -> str:
    """The guarantee on contacts of one pressing kind, with its cost."""
    if "rows" not in told:
        return f"[yellow]No guarantee on {name}: {told['reason']}.[/]"
    cost = f"{told['missed']:.1%} of {told['rows']} held-out rows missed, at {told['false_alarms']:.1%} false alarms"
    if told["guaranteed"]:
        return f"Guarantee: at most {told['miss_budget']:.0%} of {name} missed ({cost})."
    return f"[yellow]No guarantee on {name}: {told['reason']} ({cost}).[/]"
