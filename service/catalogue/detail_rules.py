"""Rules for declared details: each is needed somewhere, needs have a reason, and a condition names a flag."""

from __future__ import annotations

from collections.abc import Iterator

from service.catalogue.detail import Detail
from service.catalogue.messages import Sentence, unknown_name
from service.catalogue.parsed_entries import Draft, ParsedEntry
from service.catalogue.schema import HttpRung, Path, Policy, Rung
from service.catalogue.whole_ladder import sound_otherwise, sound_rungs
from service.catalogue.yaml_document import Place
from service.domain.detail import DetailKind
from service.errors import Problem

RungOwner = ParsedEntry[Path] | ParsedEntry[Policy]


def check_details(draft: Draft) -> Iterator[Problem]:
    used: set[str] = set()
    for entry, place, rung in _rungs(draft):
        used.update(need.field for need in rung.needs)
        yield from _reasons(entry, place, rung, draft)
        if isinstance(rung, HttpRung) and rung.flag is not None:
            used.add(rung.flag)
            yield from _condition(entry, place, rung.flag, draft)
    for name, detail in draft.details.items():
        yield from _flag_is_heard(detail)
        if name not in used and draft.whole:
            words = Sentence(
                "unused_detail", f"No rung needs the detail {name!r}.", "Let a rung need it, or remove it."
            )
            yield detail.problem(words, severity="warning")


def _rungs(draft: Draft) -> Iterator[tuple[RungOwner, Place, Rung]]:
    for path in draft.paths.values():
        for place, rung in sound_rungs(path):
            yield path, place, rung
    for policy in draft.policy.values():
        for place, rung in sound_otherwise(policy):
            yield policy, place, rung


def _reasons(entry: RungOwner, place: Place, rung: Rung, draft: Draft) -> Iterator[Problem]:
    for index, need in enumerate(rung.needs):
        detail = draft.details.get(need.field)
        if need.why or (detail and detail.text("why")) or (detail is None and not draft.whole):
            continue
        words = Sentence("missing_key", "'why' is missing.", "Add 'why: to find the order', here or to the detail.")
        yield entry.problem(words, *place, "needs", index, "why")


def _condition(entry: RungOwner, place: Place, flag: str, draft: Draft) -> Iterator[Problem]:
    detail = draft.details.get(flag)
    if place[0] != "extra_mile":
        message = "Only an extra mile has a condition: a ladder tries its rungs in order."
        yield entry.problem(Sentence("condition_on_rung", message, "Remove 'when'."), *place, "when")
    elif detail is None:
        if draft.whole:
            yield entry.problem(unknown_name("unknown_detail", "detail", flag, draft.details), *place, "when")
    elif detail.text("kind") != DetailKind.FLAG:
        message = f"{flag} is no flag, so that it is neither true nor false."
        words = Sentence("condition_on_value", message, "Name a detail with 'kind: flag'.")
        yield entry.problem(words, *place, "when")


def _flag_is_heard(detail: ParsedEntry[Detail]) -> Iterator[Problem]:
    if detail.text("kind") == DetailKind.FLAG and not detail.items("examples"):
        message = f"{detail.name} has no examples, so that it is found only if the caller sends it."
        words = Sentence("few_examples", message, "Add 'examples:' with the words that people say.")
        yield detail.problem(words, severity="warning")
