"""Errors of Pydantic as one plain sentence with its correction.

The caller adds the file and the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from service.catalogue import schema

_MAX_COMPARED: Final = 300
_MAX_CHARACTERS: Final = 50
_RUNGS: Final[Mapping[str, type[BaseModel]]] = {
    "self_service": schema.SelfServiceRung,
    "queue": schema.QueueRung,
    "http": schema.HttpRung,
    "callback": schema.CallbackRung,
    "email": schema.EmailRung,
    "phone": schema.PhoneRung,
}
_PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "scenario": schema.Scenario,
    "needs": schema.Need,
    "capacity": schema.Capacity,
    "extra_mile": schema.HttpRung,
}
_ADDITIONS: Final[Mapping[str, str]] = {
    "title": "'title: Cancel a booking'",
    "scenario": "'scenario:' with who, goal and done_when",
    "who": "'who: a guest with a room booked'",
    "goal": "'goal: to be free of the booking'",
    "done_when": "'done_when: the guest has it in writing'",
    "examples": "'examples:' with texts as people write and speak",
    "path": "'path:' with the name of a path",
    "label": "'label: Cancel your booking'",
    "rungs": "'rungs:' with the ways to get it done, best first",
    "kind": "'kind:' with self_service, queue, http, callback, email or phone",
    "name": "'name: order-desk'",
    "url": "'url: /bookings/cancel'",
    "max_wait_seconds": "'max_wait_seconds: 120'",
    "within": "'within: PT4H'",
    "field": "'field: order_number'",
    "why": "'why: to find the order'",
    "number": "'number: \"112\"'",
    "say": "'say: If someone is in danger, ring 112 now.'",
    "made_for": "'made_for:' with the intents this entry point was meant for",
}
_OTHER: Final = ("wrong_value", "{field} cannot be read.", "Compare it with the same place in the starter catalogue.")
_TEXT: Final = ("wrong_type", "{field} must be a text.", "Write a text there, in quotes if it is short or odd.")
_LIST: Final = ("wrong_type", "{field} must be a list.", "Give each item a line of its own that begins with '- '.")
_MAPPING: Final = ("wrong_type", "{field} must hold keys with values.", "Write 'key: value' lines there, indented.")
_WHOLE: Final = ("wrong_type", "{field} must be a whole number.", "Write digits only.")
_NUMBER: Final = ("wrong_type", "{field} must be a number.", "Write digits, with a point if need be.")
_TRUTH: Final = ("wrong_type", "{field} must be true or false.", "Write true or false.")
_CHOICE: Final = ("not_in_list", "{field} must be {expected}.", "Write one of these.")
_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "missing": ("missing_key", "{field} is missing.", "Add {addition}."),
    "union_tag_not_found": ("missing_key", "'kind' is missing.", "Add 'kind:' with one of the six kinds of rung."),
    "union_tag_invalid": ("not_in_list", "This kind of rung does not exist.", "Write one of {expected_tags}."),
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "string_too_short": ("empty_text", "{field} is empty.", "Write a text there or remove the line."),
    "string_too_long": ("too_long", "{field} is longer than {max_length} characters.", "Shorten it."),
    "too_short": ("empty_list", "{field} has no items.", "Give it at least one item."),
    "too_long": ("too_long", "{field} has more than {max_length} items.", "Shorten it."),
    "greater_than": ("out_of_range", "{field} must be more than {gt}.", "Write a larger number."),
    "greater_than_equal": ("out_of_range", "{field} must be at least {ge}.", "Write a larger number."),
    "less_than_equal": ("out_of_range", "{field} must be at most {le}.", "Write a smaller number."),
}


class Sentence(NamedTuple):
    rule: str
    message: str
    mend: str


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like this word, or `None`.

    A comparison takes about 3 µs, so long lists are left out.
    """
    words = list(known)
    if len(words) > _MAX_COMPARED or len(word) > _MAX_CHARACTERS:
        return None
    matches = get_close_matches(word, words, n=1)
    return matches[0] if matches else None


def unknown_key(key: str, known: Iterable[str]) -> Sentence:
    keys = sorted(known)
    similar = nearest(key, keys)
    mend = f"Write '{similar}' instead." if similar else f"Remove it; the keys here are {', '.join(keys)}."
    return Sentence("unknown_key", f"The key {key[:100]!r} is not known here.", mend)


def unknown_name(rule: str, kind: str, name: str, known: Iterable[str]) -> Sentence:
    similar = nearest(name, known)
    mend = f"Write '{similar}' instead, or define it." if similar else f"Define the {kind}, or name one that exists."
    return Sentence(rule, f"There is no {kind} named {name[:100]!r}.", mend)


def sentence(error: ErrorDetails, model: type[BaseModel]) -> Sentence:
    """Return the sentence for an error.

    `model` is the type that the entry was read as, and so gives the possible keys.
    """
    kind, context = error["type"], error.get("ctx", {})
    if "mend" in context:
        return Sentence(kind, error["msg"], context["mend"])
    loc = error["loc"]
    if kind == "extra_forbidden":
        return unknown_key(str(loc[-1]), keys_of(model, loc[:-1]))
    rule, message, mend = _WORDS.get(kind, _OTHER)
    words = {"field": _field(loc), "addition": _ADDITIONS.get(str(loc[-1]) if loc else "", "it"), **context}
    return Sentence(rule, message.format_map(words), mend.format_map(words))


def keys_of(model: type[BaseModel], parents: Iterable[str | int]) -> set[str]:
    """Return the keys allowed inside `parents`. The name of an entry is left out, because that name is a key itself."""
    inner = model
    for step in parents:
        inner = _PARTS.get(str(step)) or _RUNGS.get(str(step)) or inner
    return set(inner.model_fields) - ({"name"} if inner is model else set())


def _field(loc: tuple[str | int, ...]) -> str:
    if loc and isinstance(loc[-1], int) and len(loc) > 1:
        return f"Item {loc[-1] + 1} of '{loc[-2]}'"
    return f"'{loc[-1]}'" if loc else "This"
