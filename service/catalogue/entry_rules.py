"""Rules between entries: names must exist, and examples must be enough and distinct.

Rules for a path are in `path_rules`, for a detail in `detail_rules`, and for an exit in `straight_exit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from service.catalogue.detail_rules import check_details
from service.catalogue.fields import span
from service.catalogue.messages import Sentence, unknown_name
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.path_rules import check_ladders
from service.catalogue.schema import HttpRung, Policy
from service.catalogue.straight_exit import check_exits
from service.catalogue.whole_ladder import sound_rungs
from service.errors import Problem

LEAST_EXAMPLES: Final = 10
"""Least number of examples for an intent. With fewer the classifier can hardly be measured, let alone trusted."""
GOOD_EXAMPLES: Final = 25


def check(draft: Draft) -> Iterator[Problem]:
    """Yield every mistake that shows only if entries are compared."""
    yield from _examples(draft)
    yield from check_ladders(draft)
    yield from check_exits(draft)
    yield from check_details(draft)
    yield from _offers(draft)
    yield from _marks(draft)
    yield from _retention(draft)
    if draft.whole:  # else the missing name may be defined in the part that could not be read
        yield from _references(draft)
        yield from _human(draft)
        yield from _unused_paths(draft)
        yield from _no_policy(draft)


def _references(draft: Draft) -> Iterator[Problem]:
    for intent in draft.intents.values():
        path, opposite = intent.text("path"), intent.text("opposite")
        if path is not None and path not in draft.paths:
            yield intent.problem(unknown_name("unknown_path", "path", path, draft.paths), "path")
        if opposite is not None and opposite not in draft.intents:
            words = unknown_name("unknown_intent", "intent", opposite, draft.intents)
            yield intent.problem(words, "opposite")
    for door in draft.entry_points.values():
        for index, name in enumerate(door.items("made_for")):
            if isinstance(name, str) and name not in draft.intents:
                words = unknown_name("unknown_intent", "intent", name, draft.intents)
                yield door.problem(words, "made_for", index)


def _human(draft: Draft) -> Iterator[Problem]:
    """Require the intent that leads to a person, so that a customer can always ask for a person."""
    if not draft.intents:
        return
    policy, name = draft.policy.get(ALONE), _human_intent(draft)
    if name in draft.intents:
        return
    words = Sentence(
        "no_human_intent",
        f"There is no intent named {name!r}, which is how a customer reaches a person.",
        "Define it with a path, or name in 'policy.human_intent' the intent that means it.",
    )
    if policy:
        yield policy.problem(words, "human_intent")
    else:
        yield next(iter(draft.intents.values())).problem(words)


def _human_intent(draft: Draft) -> str:
    policy = draft.policy.get(ALONE)
    named = policy.text("human_intent") if policy else None
    return named or str(Policy.model_fields["human_intent"].default)


def _offers(draft: Draft) -> Iterator[Problem]:
    """Refuse `asks_for_offers` at intents of customers that came for something else."""
    for name, intent in draft.intents.items():
        if not intent.is_set("asks_for_offers"):
            continue
        reasons = {
            "is an exit": intent.is_set("exit"),
            "is urgent": intent.is_set("urgent"),
            "is the way to a person": name == _human_intent(draft),
        }
        for reason in (reason for reason, holds in reasons.items() if holds):
            message = f"{name} {reason}, and nobody with this goal asks for offers."
            words = Sentence("offers_unasked", message, "Remove 'asks_for_offers'.")
            yield intent.problem(words, "asks_for_offers")


def _marks(draft: Draft) -> Iterator[Problem]:
    """Warn of marks of an intent that change nothing, or that sound wrong in a question."""
    for intent in draft.intents.values():
        path = draft.paths.get(intent.text("path") or "")
        calls = path is None or any(isinstance(rung, HttpRung) for _, rung in sound_rungs(path))
        if intent.is_set("irreversible") and not calls:
            message = f"{intent.name} is irreversible, and its path calls no system that could be asked about first."
            words = Sentence("irreversible_without_call", message, "Remove 'irreversible', or add an http rung.")
            yield intent.problem(words, "irreversible", severity="warning")
        if re.search(r"\bor\b", intent.text("spoken") or "", re.IGNORECASE):
            message = "A question that names two things cannot be answered by yes or no."
            words = Sentence("spoken_or", message, "Name one thing, without 'or'.")
            yield intent.problem(words, "spoken", severity="warning")


def _unused_paths(draft: Draft) -> Iterator[Problem]:
    used = {intent.text("path") for intent in draft.intents.values()}
    for name, path in draft.paths.items():
        if name not in used:
            words = Sentence(
                "unused_path", f"No intent takes the path {name!r}.", "Let an intent take it, or remove it."
            )
            yield path.problem(words, severity="warning")


def _no_policy(draft: Draft) -> Iterator[Problem]:
    if draft.policy or not draft.paths:
        return
    words = Sentence(
        "no_policy",
        "There is no policy, so that opening hours are read in UTC.",
        "Add 'policy: {timezone: Europe/London}' with your own time zone to one of the files.",
    )
    yield next(iter(draft.paths.values())).problem(words, severity="warning")


def _retention(draft: Draft) -> Iterator[Problem]:
    """Refuse to keep texts or details for longer than decisions.

    Both are deleted with their decision at the latest.
    """
    policy = draft.policy.get(ALONE)
    if policy is None or policy.model is None:
        return
    model = policy.model
    for name, key in (("Texts", "text_retention"), ("Details", "details_retention")):
        duration: str = getattr(model, key)
        if policy.text(key) is not None and span(duration) > model.retention_span:
            message = f"{name} cannot be kept for {duration}: they go with decisions, after {model.retention}."
            words = Sentence("out_of_range", message, f"Write {model.retention} or shorter, or a longer 'retention'.")
            yield policy.problem(words, key)


def _examples(draft: Draft) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for intent in draft.intents.values():
        yield from _too_few(intent)
        yield from _repeated(intent, "examples", seen)
    for boundaries in draft.boundaries.values():
        yield from _repeated(boundaries, "no_goal_yet", seen)
        yield from _repeated(boundaries, "out_of_scope", seen)


def _too_few(intent: ParsedEntry[Any]) -> Iterator[Problem]:
    if not intent.items("examples"):
        return  # said already: the key is missing, or not a list, or an empty one
    count = sum(1 for example in intent.items("examples") if isinstance(example, str) and example.strip())
    message = f"{intent.name} has {count} examples."
    if count < LEAST_EXAMPLES:
        words = Sentence("too_few_examples", message, f"Give it at least {LEAST_EXAMPLES}; {GOOD_EXAMPLES} serve well.")
        yield intent.problem(words, "examples")
    elif count < GOOD_EXAMPLES:
        words = Sentence("few_examples", message, f"With {GOOD_EXAMPLES} or more it is understood more reliably.")
        yield intent.problem(words, "examples", severity="warning")


def _repeated(entry: ParsedEntry[Any], key: str, seen: dict[str, str]) -> Iterator[Problem]:
    """Yield repeated examples. Capitals and spaces are ignored. The problem leaves out the text itself."""
    for index, example in enumerate(entry.items(key)):
        folded = " ".join(example.casefold().split()) if isinstance(example, str) else ""
        if folded in seen:
            message = f"The same example stands in {seen[folded]}."
            words = Sentence("duplicate_example", message, "Keep it where it belongs, or reword one of the two.")
            yield entry.problem(words, key, index)
        elif folded:
            place = (*entry.place, key, index)
            where = ".".join(str(step) for step in place)
            seen[folded] = f"{where} at {entry.document.file}:{entry.document.line(place)}"
