"""Rules of a path: it ends at a rung that accepts, leaving is straight, and its variables are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from service.catalogue.document import Place
from service.catalogue.draft import ALONE, Draft, Entry
from service.catalogue.fields import VARIABLE, is_endpoint
from service.catalogue.hours import OpeningHours
from service.catalogue.schema import HttpRung, Intent, Path, Purpose, Rung
from service.catalogue.sentences import Sentence
from service.errors import Problem

_RUNG: Final[TypeAdapter[Rung]] = TypeAdapter(Rung)
_PRESSURE: Final = frozenset({Purpose.RETAIN, Purpose.OFFER})


def check_ladders(draft: Draft) -> Iterator[Problem]:
    for path in draft.paths.values():
        yield from _last_accepts(path)
        yield from _holidays(path, draft)
    for intent in draft.intents.values():
        if _is_exit(intent):
            yield from _straight(intent, draft)


def _is_exit(intent: Entry[Intent]) -> bool:
    if intent.model:
        return intent.model.exit
    return (intent.text("exit") or "").lower() in {"true", "yes", "on"}


def _sound_rungs(path: Entry[Path]) -> list[tuple[Place, Rung]]:
    """The rungs that can be read, also of a path that has a mistake elsewhere; the extra mile comes last."""
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


def _last_accepts(path: Entry[Path]) -> Iterator[Problem]:
    place: Place = ("rungs", len(path.items("rungs")) - 1)
    rung = dict(_sound_rungs(path)).get(place)
    if rung is None:
        return
    mend = "End the path with a callback, an e-mail or a 24-hour queue, without hours and for every channel."
    if isinstance(rung, HttpRung):
        message = "The last rung must always accept, and an http rung can be away."
        yield path.problem(Sentence("last_rung_declines", message, mend), *place, "kind")
    if rung.hours is not None and not OpeningHours.parse(rung.hours).always_open:
        message = "The last rung must always accept, and this one has hours."
        yield path.problem(Sentence("last_rung_declines", message, mend), *place, "hours")
    if not rung.serves_all:
        message = "The last rung must accept every channel, and this one does not."
        key = "kind" if rung.channels is None else "channels"
        yield path.problem(Sentence("last_rung_declines", message, mend), *place, key)


def _holidays(path: Entry[Path], draft: Draft) -> Iterator[Problem]:
    policy = draft.policy.get(ALONE)
    if policy and policy.text("holidays") is not None:
        return
    for place, rung in _sound_rungs(path):
        if rung.hours is not None and OpeningHours.parse(rung.hours).mentions_public_holidays:
            message = "PH stands for public holidays, but no country is given, so that no day is one."
            words = Sentence("no_holidays", message, "Add 'holidays: GB', with your own country, to the policy.")
            yield path.problem(words, *place, "hours", severity="warning")


def _straight(intent: Entry[Intent], draft: Draft) -> Iterator[Problem]:
    path = draft.paths.get(intent.text("path") or "")
    if path is None:
        return
    for place, rung in _sound_rungs(path):
        if rung.purpose in _PRESSURE:
            message = f"{intent.name} is an exit, and this rung is there to {rung.purpose.value}."
            words = Sentence("exit_not_straight", message, "Remove the rung; who leaves is let go.")
            yield path.problem(words, *place, "purpose")
    yield from _no_longer_than_opposite(intent, path, draft)


def _no_longer_than_opposite(intent: Entry[Intent], path: Entry[Path], draft: Draft) -> Iterator[Problem]:
    opposite = draft.intents.get(intent.text("opposite") or "")
    way_in = draft.paths.get(opposite.text("path") or "") if opposite else None
    if opposite is None or way_in is None:
        return
    steps_out, steps_in = len(path.items("rungs")), len(way_in.items("rungs"))
    if steps_out > steps_in:
        message = f"{intent.name} takes {steps_out} rungs and its opposite, {opposite.name}, {steps_in}."
        words = Sentence("exit_not_straight", message, "Leaving may take no more rungs than joining: remove some.")
        yield path.problem(words, "rungs")


def fill_in(path: Entry[Path], environment: Mapping[str, str]) -> tuple[Path | None, list[Problem]]:
    """The path with `${VARIABLES}` in the addresses of its http rungs replaced, and the variables that are missing."""
    problems: list[Problem] = []
    filled: dict[Place, Rung] = {}
    for place, rung in _sound_rungs(path):
        filled[place] = rung
        if isinstance(rung, HttpRung):
            url = VARIABLE.sub(lambda found: environment.get(found[1], found[0]), rung.url)
            problems += [path.problem(words, *place, "url") for words in _refused_address(url)]
            filled[place] = rung.model_copy(update={"url": url})
    if path.model is None:
        return None, problems
    extra_mile = filled.pop(("extra_mile",), None)
    return path.model.model_copy(update={"rungs": tuple(filled.values()), "extra_mile": extra_mile}), problems


def _refused_address(url: str) -> Iterator[Sentence]:
    missing = VARIABLE.findall(url)
    for name in missing:
        message = f"The variable {name} is not set."
        yield Sentence("unset_variable", message, f"Set {name} where Errand is started, or write the address itself.")
    if not missing and not is_endpoint(url):
        yield Sentence("bad_url", "This is not an address that can be called.", "Let it begin with https://.")
