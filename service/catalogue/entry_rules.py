"""Rules between entries: names must exist, and examples must be enough and distinct.

Rules for a path are in `path_rules`. Rules for an exit are in `straight_exit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from service.catalogue.fields import span
from service.catalogue.messages import Sentence, unknown_name
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.path_rules import check_ladders
from service.catalogue.schema import Policy
from service.catalogue.straight_exit import check_exits
from service.errors import Problem

LEAST_EXAMPLES: Final = 10
"""Least number of examples for an intent. With fewer the classifier can hardly be measured, let alone trusted."""
GOOD_EXAMPLES: Final = 25


def check(draft: Draft) -> Iterator[Problem]:
    """Yield every mistake that shows only if entries are compared."""
    yield from _examples(draft)
    yield from check_ladders(draft)
    yield from check_exits(draft)
    yield from _texts(draft)
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
    policy = draft.policy.get(ALONE)
    name = (policy.text("human_intent") if policy else None) or Policy.model_fields["human_intent"].default
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


def _texts(draft: Draft) -> Iterator[Problem]:
    """Refuse a text retention that is longer than the retention of decisions.

    A text is deleted with its decision at the latest.
    """
    policy = draft.policy.get(ALONE)
    if policy is None or policy.model is None or policy.text("text_retention") is None:
        return
    model = policy.model
    if span(model.text_retention) > model.retention_span:
        message = f"Texts cannot be kept for {model.text_retention}: they go with decisions, after {model.retention}."
        words = Sentence("out_of_range", message, f"Write {model.retention} or shorter, or a longer 'retention'.")
        yield policy.problem(words, "text_retention")


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
