"""Straight exit: a customer can leave freely, and leaving asks for at most as much as joining did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from service.catalogue.messages import Sentence
from service.catalogue.parsed_entries import Draft, ParsedEntry
from service.catalogue.schema import Intent, Path, Purpose
from service.catalogue.whole_ladder import added_rungs, sound_rungs
from service.errors import Problem

_RULE: Final = "exit_not_straight"
_PRESSURE: Final = frozenset({Purpose.RETAIN, Purpose.OFFER})


def check_exits(draft: Draft) -> Iterator[Problem]:
    """Check intents marked `exit`, with all readable parts of their paths."""
    for intent in draft.intents.values():
        path = draft.paths.get(intent.text("path") or "")
        if path is None or not intent.is_set("exit"):
            continue
        opposite = draft.intents.get(intent.text("opposite") or "")
        way_in = draft.paths.get(opposite.text("path") or "") if opposite else None
        yield from _no_pressure(intent, path)
        yield from _no_extra_mile(intent, path)
        yield from _no_longer_than(way_in, intent, path, draft)
        yield from _no_more_proof_than(way_in, intent, path)


def _no_pressure(intent: ParsedEntry[Intent], path: ParsedEntry[Path]) -> Iterator[Problem]:
    for place, rung in sound_rungs(path):
        if rung.purpose in _PRESSURE:
            message = f"{intent.name} is an exit, and this rung is there to {rung.purpose.value}."
            yield path.problem(Sentence(_RULE, message, "Remove the rung; who leaves is let go."), *place, "purpose")


def _no_extra_mile(intent: ParsedEntry[Intent], path: ParsedEntry[Path]) -> Iterator[Problem]:
    if path.content.get("extra_mile") is not None:
        message = f"{intent.name} is an exit, and after an exit nothing more comes."
        yield path.problem(Sentence(_RULE, message, "Remove the extra mile."), "extra_mile")


def _no_longer_than(
    way_in: ParsedEntry[Path] | None, intent: ParsedEntry[Intent], path: ParsedEntry[Path], draft: Draft
) -> Iterator[Problem]:
    if way_in is None:
        return
    steps_out, steps_in = (len(each.items("rungs")) + len(added_rungs(each, draft)) for each in (path, way_in))
    if steps_out > steps_in:
        message = f"{intent.name} takes {steps_out} rungs and its opposite, {intent.text('opposite')}, {steps_in}."
        mend = "Leaving may take no more rungs than joining: remove some."
        yield path.problem(Sentence(_RULE, message, mend), "rungs")


def _no_more_proof_than(
    way_in: ParsedEntry[Path] | None, intent: ParsedEntry[Intent], path: ParsedEntry[Path]
) -> Iterator[Problem]:
    """Refuse a rung that verifies unless the way in has such a rung, too.

    If the way in is unknown, joining counts as unverified.
    """
    asked = sum(rung.purpose is Purpose.VERIFY for _, rung in sound_rungs(way_in)) if way_in else 0
    verifying = [place for place, rung in sound_rungs(path) if rung.purpose is Purpose.VERIFY]
    for place in verifying[asked:]:
        message = f"{intent.name} is an exit, and this rung verifies what joining did not ask to be verified."
        mend = "Remove the rung, or name as 'opposite' an intent whose path verifies as much."
        yield path.problem(Sentence(_RULE, message, mend), *place, "purpose")
