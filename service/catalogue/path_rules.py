"""Rules for a path: it is free of dead ends, and its holidays and variables are known.

Rules for an exit are in `straight_exit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from service.catalogue.fields import VARIABLE, is_endpoint
from service.catalogue.hours import OpeningHours
from service.catalogue.messages import Sentence
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.proof import Proof, prove
from service.catalogue.schema import MOST_RUNGS, HttpRung, Path, Policy, ProbedRung, Rung
from service.catalogue.yaml_document import Place
from service.errors import Problem

_RUNG: Final[TypeAdapter[Rung]] = TypeAdapter(Rung)
_MEND: Final = "End the path with a callback and an e-mail, both without hours and for every channel."


def check_ladders(draft: Draft) -> Iterator[Problem]:
    for path in draft.paths.values():
        yield from _holidays(path, draft)


def sound_rungs(path: ParsedEntry[Path]) -> list[tuple[Place, Rung]]:
    """Return the readable rungs, even if the path has a mistake elsewhere. The extra mile comes last."""
    if path.model:
        rungs: list[tuple[Place, Rung]] = [(("rungs", index), rung) for index, rung in enumerate(path.model.rungs)]
        return rungs + ([(("extra_mile",), path.model.extra_mile)] if path.model.extra_mile else [])
    written: list[tuple[Place, Any]] = [(("rungs", index), rung) for index, rung in enumerate(path.items("rungs"))]
    written.append((("extra_mile",), path.content.get("extra_mile")))
    return [(place, rung) for place, content in written if (rung := _find_rung(content))]


def _find_rung(content: Any) -> Rung | None:
    try:
        return _RUNG.validate_python(content)
    except ValidationError:
        return None


def prove_ladders(draft: Draft, first: date) -> Proof:
    """Search for dead ends in each path that an intent takes.

    A path with an unreadable rung has a problem already, so the search leaves that path out.
    """
    taken = Counter(intent.text("path") for intent in draft.intents.values())
    ladders = {name: rungs for name, path in draft.paths.items() if name in taken and (rungs := _whole_ladder(path))}
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


def _whole_ladder(path: ParsedEntry[Path]) -> Sequence[Rung]:
    if path.model:
        return path.model.rungs
    rungs = [rung for place, rung in sound_rungs(path) if place[0] == "rungs"]
    return rungs if len(rungs) == len(path.items("rungs")) <= MOST_RUNGS else ()


def _holidays(path: ParsedEntry[Path], draft: Draft) -> Iterator[Problem]:
    policy = draft.policy.get(ALONE)
    if policy and policy.text("holidays") is not None:
        return
    for place, rung in sound_rungs(path):
        if rung.hours is not None and OpeningHours.parse(rung.hours).mentions_public_holidays:
            message = "PH stands for public holidays, but no country is given, so that no day is one."
            words = Sentence("no_holidays", message, "Add 'holidays: GB', with your own country, to the policy.")
            yield path.problem(words, *place, "hours", severity="warning")


def fill_in(path: ParsedEntry[Path], environment: Mapping[str, str]) -> tuple[Path | None, list[Problem]]:
    """Replace `${VARIABLES}` in the addresses to call.

    Return the path, with a problem for each unset variable or bad address.
    """
    problems: list[Problem] = []
    filled: dict[Place, Rung] = {}
    for place, rung in sound_rungs(path):
        filled[place] = filled_in(rung, environment)
        for inner, url in addresses(filled[place]):
            problems += [path.problem(words, *place, *inner) for words in refused_address(url)]
    if path.model is None:
        return None, problems
    extra_mile = filled.pop(("extra_mile",), None)
    return path.model.model_copy(update={"rungs": tuple(filled.values()), "extra_mile": extra_mile}), problems


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
