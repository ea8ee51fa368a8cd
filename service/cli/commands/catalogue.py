"""`errand catalogue check`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import typer
from rich.console import Console

from service.catalogue.fields import span
from service.catalogue.loader import CatalogueReport, check_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.cli.commands.judge import open_judge
from service.edition.catalogue_firewall import judged, vetted
from service.edition.startup import catalogue_variables
from service.settings import Settings, read_settings

COLOURS = {"error": "red", "warning": "yellow"}


def check(folder: Path | None, *, as_json: bool) -> int:
    """Print every problem. Returns 1 if the catalogue has errors."""
    settings = read_settings()
    folder = folder or settings.resolved_catalogue or starter_folder()
    started = perf_counter()
    report = check_catalogue(folder, environment=catalogue_variables(settings))
    seconds = perf_counter() - started
    report, judged_by = _vetted(report, settings)
    if as_json:
        problems = [asdict(problem) for problem in report.problems]
        version = report.catalogue.version if report.catalogue is not None else None
        proof = asdict(report.proof) if report.proof is not None else None
        usable = report.catalogue is not None
        told = {"usable": usable, "version": version, "problems": problems, "proof": proof, "judged_by": judged_by}
        typer.echo(json.dumps(told))
        return int(not usable)
    console = Console()
    for problem in report.problems:
        console.print(f"[{COLOURS[problem.severity]}]●[/]", end=" ")
        console.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    if report.catalogue is None:
        console.print(f"[red]{len(report.errors)} error(s)[/], {len(report.warnings)} warning(s) in {folder}.")
        return 1
    found = report.catalogue
    examples = sum(len(intent.examples) for intent in found.intents.values())
    console.print(
        f"[green]{folder} can be used[/]: {len(found.intents)} intents, {examples} examples, {len(found.paths)} paths, "
        f"{len(found.entry_points)} entry points, {len(report.warnings)} warning(s). Version {found.version}."
    )
    console.print(f"[green]No path ends nowhere[/]: {report.proof}. Checked in {seconds:.1f} s.")
    console.print(
        f"[green]Nothing promotes[/]: {len(judged(report))} sentences, judged by {judged_by}.", highlight=False
    )
    console.print(_texts(found), highlight=False)
    return 0


def _texts(catalogue: Catalogue) -> str:
    if not catalogue.keeps_any_text:
        return "[green]No text is kept[/]."
    policy, keeping = catalogue.policy, sum(map(catalogue.keeps_text_about, catalogue.intents))
    others = " and of contacts without a goal" if policy.store_text == "redacted" else ""
    kept_for = min(policy.text_retention, policy.retention, key=span)
    return f"[yellow]Texts are kept[/]: of {keeping} intent(s){others}, redacted, for {kept_for}."


def _vetted(report: CatalogueReport, settings: Settings) -> tuple[CatalogueReport, str | None]:
    """Return the report with promotional sentences as errors, and the judge's name, or `None` without sentences."""
    if not report.sayings:
        return report, None
    judge, bundle = open_judge(settings, Console(stderr=True))
    judged_by = "a firewall fitted now" if bundle is None else f"bundle {bundle}"
    return vetted(report, judge.promotion_in), judged_by
