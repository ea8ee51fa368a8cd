"""`errand demo`: a shop and an Errand to try, or both stories played in the terminal."""

from __future__ import annotations

import json
import shlex
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from service.catalogue.loader import load_catalogue, starter_folder
from service.demo.catalogue import write_catalogue
from service.demo.play import Played, play
from service.demo.processes import LOOPBACK, Company, open_company
from service.demo.shop import Behaviour, Front
from service.demo.story import STORIES
from service.errors import DemoError, SettingsError
from service.server.listening import refuse_taken_port
from service.settings import Settings, make_home, read_settings
from service.understand.bundle import MANIFEST, is_of_another_format, read_manifest

console = Console(highlight=False)
err = Console(stderr=True, highlight=False)
STOPPED: Final = 130
"""Exit code of stories that were interrupted."""


def demo(*, port: int | None, is_played: bool, switches: Sequence[str], as_json: bool) -> int:
    """Serve until Ctrl-C or SIGTERM, or play both stories. Returns the exit code: 1 if something ended otherwise.

    Raises SettingsError before anything is begun.
    """
    thrown = [read_switch(text) for text in switches]
    settings = read_settings()
    if port is not None:
        refuse_taken_port(LOOPBACK, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        make_home(settings)
        home = settings.home / "demo"
        catalogue, bundle = write_catalogue(home), usable_bundle(settings)
        if bundle is None and not (home / "bundle" / MANIFEST).exists():
            err.print("Building the bundle from the starter catalogue's examples (once) …")
        with open_company(home, catalogue=catalogue, port=port, bundle=bundle) as company:
            company.wait_until_ready()
            try:
                throw(company, thrown)
                return _play(company, as_json=as_json) if is_played else _serve(company)
            except DemoError:
                company.require_running()  # this error says more, if a process has ended
                raise
    except DemoError as error:
        err.print("[bold red]errand demo:[/]", escape(str(error)), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return STOPPED if is_played else 0


def read_switch(text: str) -> tuple[str, Behaviour]:
    """Return the system or desk in a text such as `partner-stores=closed`, and its behaviour. Raises SettingsError."""
    name, _, behaviour = text.partition("=")
    known = Front(slow_seconds=0).switches
    if name not in known:
        raise SettingsError(f"--switch names no system: {name}. There are: {', '.join(known)}.")
    if behaviour not in set(Behaviour):
        raise SettingsError(f"--switch {name} needs one of: {', '.join(Behaviour)}; as in --switch {name}=closed.")
    return name, Behaviour(behaviour)


def usable_bundle(settings: Settings) -> Path | None:
    """Return the bundle in use if it was built from the starter's rows, or `None` if the demo needs its own."""
    folder = settings.resolved_bundle
    if not (folder / MANIFEST).exists() or is_of_another_format(folder):
        return None
    rows = load_catalogue(starter_folder()).training_fingerprint()
    return folder.resolve() if read_manifest(folder).provenance.get("rows") == rows else None


def throw(company: Company, switches: Sequence[tuple[str, Behaviour]]) -> None:
    """Set the switches of the shop. Raises DemoError if the shop fails to answer."""
    for name, behaviour in switches:
        try:
            answer = httpx.put(f"{company.shop}/switches/{name}", json={"behaviour": behaviour}, trust_env=False)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise DemoError(f"{name} could not be switched: {error}") from error


def _serve(company: Company) -> int:
    for line in announcement(company):
        console.print(line, markup=False, soft_wrap=True)
    company.watch()
    return 0


def announcement(company: Company) -> Iterator[str]:
    """Yield both addresses and requests to try. The requests are of contacts that are new to the demo's database."""
    run = token_hex(3)
    yield f"Errand serves at {company.errand}   (docs: {company.errand}/docs)"
    yield f"The shop that it calls serves at {company.shop}   (docs: {company.shop}/docs)"
    for story in STORIES:
        yield f"\n{story.title}:"
        yield _curl("POST", f"{company.errand}/route", story.request(f"{story.name}-{run}"))
    yield "\nWhere it was led, with the decision_id of the answer, and whom the shop was asked by:"
    yield f"curl -s {company.errand}/decisions/DECISION_ID"
    yield f"curl -s {company.shop}/calls"
    yield f"\nBreak something ({', '.join(Behaviour)}), and ask again with another contact_id:"
    yield _curl("PUT", f"{company.shop}/switches/partner-stores", {"behaviour": Behaviour.CLOSED})
    yield "\nThere is one doll: who asks for it next comes to the store desk. Ctrl-C ends the demo."


def _curl(method: str, url: str, body: Mapping[str, Any]) -> str:
    content = shlex.quote(json.dumps(body))
    return f"curl -s -X {method} {url} -H 'Content-Type: application/json' -d {content}"


def _play(company: Company, *, as_json: bool) -> int:
    played: list[Played] = []
    for story in play(STORIES, errand=company.errand, shop=company.shop):
        played.append(story)
        if not as_json:
            show(story)
    as_they_should = all(story.ended_as_it_should for story in played)
    if as_json:
        stories = [{**asdict(story), "ended_as_it_should": story.ended_as_it_should} for story in played]
        typer.echo(json.dumps({"stories": stories, "ended_as_they_should": as_they_should}))
    return 0 if as_they_should else 1


def show(played: Played) -> None:
    """Print one story for a person to read."""
    console.print(f"\n[bold]{escape(played.title)}[/]   [dim]{played.channel}, by {played.entry_point}[/]")
    for what, lines in _account(played):
        for place, line in enumerate(lines):
            console.print(f"  [cyan]{'' if place else what:<12}[/]", end="")
            console.print(line, markup=False, soft_wrap=True)
    if played.ended_as_it_should:
        console.print("  [green]It ended as it should.[/]")
    else:
        console.print("  [red]It ended otherwise than the story does:[/]")
        for difference in played.differences:
            console.print(f"    {difference}", markup=False, soft_wrap=True)


def _account(played: Played) -> Iterator[tuple[str, list[str]]]:
    """Yield the events of a story, in the order of time."""
    sure = "" if played.confidence is None else f", {played.confidence:.0%} sure"
    yield "Customer", [f"“{played.text}”"]
    yield "Understood", [f"{played.goal_title or 'no goal'}{sure}"]
    if played.wrong_door:
        yield "Wrong door", [f"{played.entry_point} was made for other errands; served all the same"]
    learned = {step["name"]: step["learned"] for step in (*played.steps, *played.extra_miles)}
    calls = enumerate(played.calls, 1)
    yield "Calls", [f"{number}. {_call(call, learned.get(call['system'], {}))}" for number, call in calls]
    yield (
        "Ends at",
        [f"{step['name']}: {step['state']}" for step in played.steps[-1:]]
        or [f"{played.destination['name']} ({played.destination['kind']}), at once"],
    )
    yield "Extra mile", [f"{step['name']}: {step['state']}" for step in played.extra_miles]
    yield "Said", [f"“{say}”" for say in played.said]
    yield "Asked", [need["field"] for need in played.needs] or ["nothing"]
    yield "Known there", [f"{', '.join(played.must_not_ask)}: not to be asked again"] if not played.calls else []
    yield "Ledger", [f"{intent}: {state}" for intent, state in played.ledger.items()]
    if played.outcome is not None:
        reporter, result = played.outcome["reported_by"], played.outcome["result"]
        left = ", ".join(played.outcome["still_wanted"]) or "nothing"
        yield "Outcome", [f"{result}, told by the {reporter} by token; still wanted: {left}"]
    yield "/metrics", played.counted


def _call(call: Mapping[str, Any], learned: Mapping[str, Any]) -> str:
    """Return a call in words, with the counts that came back, place by place."""
    again = f" (attempt {call['attempt']})" if call["attempt"] > 1 else ""
    counts = [f"{place}: {count}" for at in learned.values() if isinstance(at, dict) for place, count in at.items()]
    return f"{call['system']}{again}: {call['answered']}{' (' + '; '.join(counts) + ')' if counts else ''}"
