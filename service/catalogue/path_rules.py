"""Rules for a path: it is free of dead ends, its holidays and variables are known, and it opens no wrong door.

Rules for an exit are in `straight_exit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from service.catalogue.fields import VARIABLE, is_endpoint
from service.catalogue.hours import OpeningHours
from service.catalogue.messages import Sentence, unknown_name
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.proof import Proof, prove
from service.catalogue.schema import (
    MOST_RUNGS,
    HttpRung,
    Path,
    PhoneRung,
    Policy,
    ProbedRung,
    PromiseRung,
    Purpose,
    QueueRung,
    Rung,
)
from service.catalogue.whole_ladder import added_rungs, find_whole_ladder, sound_otherwise, sound_rungs
from service.catalogue.yaml_document import Place
from service.errors import Problem

_MEND: Final = "End the path with a callback and an e-mail, both without hours and for every channel."


_FOR_SOME: Final = frozenset({Purpose.RETAIN, Purpose.OFFER, Purpose.VERIFY})
"""Purposes that an exit refuses, so that the end of every path has no rung for them."""


def check_ladders(draft: Draft) -> Iterator[Problem]:
    for path in draft.paths.values():
        yield from _holidays(path, sound_rungs(path), draft)
        yield from _desks(path, sound_rungs(path), draft)
        yield from _numbers_to_ring(path, draft)
        yield from _too_many(path, draft)
    for policy in draft.policy.values():
        yield from _holidays(policy, sound_otherwise(policy), draft)
        yield from _desks(policy, sound_otherwise(policy), draft)
        yield from _for_every_path(policy)


def _desks(entry: ParsedEntry[Any], rungs: Iterable[tuple[Place, Rung]], draft: Draft) -> Iterator[Problem]:
    """Refuse a promise whose desk is no queue of the catalogue."""
    placed = [rung for path in draft.paths.values() for _, rung in sound_rungs(path)]
    placed += [rung for policy in draft.policy.values() for _, rung in sound_otherwise(policy)]
    desks = {rung.name for rung in placed if isinstance(rung, QueueRung)}
    for place, rung in rungs:
        if draft.whole and isinstance(rung, PromiseRung) and rung.desk is not None and rung.desk not in desks:
            yield entry.problem(unknown_name("unknown_desk", "queue", rung.desk, desks), *place, "desk")


def _numbers_to_ring(path: ParsedEntry[Path], draft: Draft) -> Iterator[Problem]:
    """Refuse a number to ring unless every intent of the path is urgent.

    Other customers are where they should be. To ring elsewhere would be their second door.
    """
    takers = [intent for intent in draft.intents.values() if intent.text("path") == path.name]
    calm = next((intent.name for intent in takers if not intent.is_set("urgent")), None)
    for place, rung in sound_rungs(path):
        if isinstance(rung, PhoneRung) and calm is not None:
            message = f"{calm} is not urgent, and this rung tells the customer to ring elsewhere."
            mend = "Remove the rung, or give urgent intents a path of their own."
            yield path.problem(Sentence("wrong_door", message, mend), *place)


def _for_every_path(policy: ParsedEntry[Policy]) -> Iterator[Problem]:
    for place, rung in sound_otherwise(policy):
        if isinstance(rung, PhoneRung):
            message = "The end of every path is not only for urgent intents, and this rung tells to ring elsewhere."
            yield policy.problem(Sentence("wrong_door", message, "Move the rung to an urgent intent's path."), *place)
        if rung.purpose in _FOR_SOME:
            message = f"The end of every path is for exits, too, and this rung is there to {rung.purpose.value}."
            mend = "Move the rung to the paths that it is for."
            yield policy.problem(Sentence("exit_not_straight", message, mend), *place, "purpose")


def _too_many(path: ParsedEntry[Path], draft: Draft) -> Iterator[Problem]:
    own, added = len(path.items("rungs")), len(added_rungs(path, draft))
    if own <= MOST_RUNGS < own + added:
        message = f"With 'otherwise' of the policy the path has more than {MOST_RUNGS} rungs."
        yield path.problem(Sentence("too_long", message, "Shorten it."), "rungs")


def prove_ladders(draft: Draft, first: date) -> Proof:
    """Search for dead ends in each path that an intent takes.

    A path with an unreadable rung has a problem already, so the search leaves that path out.
    """
    taken = Counter(intent.text("path") for intent in draft.intents.values())
    whole = {name: find_whole_ladder(path, draft) for name, path in draft.paths.items() if name in taken}
    ladders = {name: rungs for name, rungs in whole.items() if rungs}
    policy = draft.policy.get(ALONE)
    return prove(
        ladders,
        (policy.model if policy else None) or Policy(),
        intents=sum(taken[name] for name in ladders),
        first=first,
    )


def dead_ends(draft: Draft, proof: Proof) -> Iterator[Problem]:
    """Yield the dead ends of the proof as problems, at their place in the files."""
    for dead_end in proof.dead_ends:
        sentence = str(dead_end)
        words = Sentence("dead_end", f"{sentence[:1].upper()}{sentence[1:]}.", _MEND)
        yield draft.paths[dead_end.path].problem(words, "rungs")


def _holidays(entry: ParsedEntry[Any], rungs: Iterable[tuple[Place, Rung]], draft: Draft) -> Iterator[Problem]:
    policy = draft.policy.get(ALONE)
    if policy and policy.text("holidays") is not None:
        return
    for place, rung in rungs:
        if rung.hours is not None and OpeningHours.parse(rung.hours).mentions_public_holidays:
            message = "PH stands for public holidays, but no country is given, so that no day is one."
            words = Sentence("no_holidays", message, "Add 'holidays: GB', with your own country, to the policy.")
            yield entry.problem(words, *place, "hours", severity="warning")


def unset_variables(draft: Draft, environment: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each unset variable or bad address, at its place in the files."""
    placed = [(path, place, rung) for path in draft.paths.values() for place, rung in sound_rungs(path)]
    for entry, place, rung in placed:
        yield from _refused(entry, place, filled_in(rung, environment))
    for policy in draft.policy.values():
        for place, rung in sound_otherwise(policy):
            yield from _refused(policy, place, filled_in(rung, environment))


def _refused(entry: ParsedEntry[Any], place: Place, rung: Rung) -> Iterator[Problem]:
    for inner, url in addresses(rung):
        for words in refused_address(url):
            yield entry.problem(words, *place, *inner)


def path_filled_in(path: Path, environment: Mapping[str, str]) -> Path:
    """Return the path with `${VARIABLES}` replaced in the addresses to call."""
    extra_mile = None if path.extra_mile is None else filled_in(path.extra_mile, environment)
    rungs = tuple([filled_in(rung, environment) for rung in path.rungs])
    return path.model_copy(update={"rungs": rungs, "extra_mile": extra_mile})


def filled_in(rung: Rung, environment: Mapping[str, str]) -> Rung:
    def replaced(url: str) -> str:
        return VARIABLE.sub(lambda found: environment.get(found[1], found[0]), url)

    update: dict[str, Any] = {}
    if isinstance(rung, HttpRung):
        update["url"] = replaced(rung.url)
    if isinstance(rung, ProbedRung) and rung.capacity:
        update["capacity"] = rung.capacity.model_copy(update={"url": replaced(rung.capacity.url)})
    return rung.model_copy(update=update)


def addresses(rung: Rung) -> Iterator[tuple[Place, str]]:
    if isinstance(rung, HttpRung):
        yield ("url",), rung.url
    if isinstance(rung, ProbedRung) and rung.capacity:
        yield ("capacity", "url"), rung.capacity.url


def refused_address(url: str) -> Iterator[Sentence]:
    missing = VARIABLE.findall(url)
    for name in missing:
        message = f"The variable {name} is not set."
        yield Sentence("unset_variable", message, f"Set {name} where Errand is started, or write the address itself.")
    if not missing and not is_endpoint(url):
        yield Sentence("bad_url", "This is not an address that can be called.", "Let it begin with https://.")
