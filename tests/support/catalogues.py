"""Small catalogues for tests."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

_OPENINGS = ("i want to", "please help me", "how do i", "can i", "i would like to")


def examples(*phrases: str) -> list[str]:
    """Every phrase after each of five openings, so that five phrases make 25 examples."""
    return [f"{opening} {phrase}" for phrase, opening in product(phrases, _OPENINGS)]


def minimal() -> dict[str, Any]:
    """A valid catalogue of four intents without a single warning, as plain values that a test may change."""
    return {
        "intents": {
            "make_booking": {
                "title": "Make a booking",
                "scenario": {"who": "a traveller", "goal": "to have a room", "done_when": "the room is booked"},
                "path": "make_booking",
                "examples": examples(
                    "book a room", "reserve a table", "stay for two nights", "get a double room", "make a reservation"
                ),
            },
            "cancel_booking": {
                "title": "Cancel a booking",
                "scenario": {"who": "a guest", "goal": "to be free of a booking", "done_when": "it is cancelled"},
                "exit": True,
                "opposite": "make_booking",
                "path": "cancel_booking",
                "examples": examples(
                    "cancel my room", "call off the stay", "drop my reservation", "cancel the table", "undo my booking"
                ),
            },
            "track_order": {
                "title": "Track an order",
                "scenario": {"who": "a shopper", "goal": "to know where a parcel is", "done_when": "they know it"},
                "path": "track_order",
                "examples": examples(
                    "track my order", "find my parcel", "see where it is", "know when it ships", "follow my package"
                ),
            },
            "speak_to_human": {
                "title": "Speak to a person",
                "scenario": {"who": "anyone", "goal": "to talk to a person", "done_when": "a person answers"},
                "path": "speak_to_human",
                "examples": examples(
                    "speak to a person", "talk to an agent", "reach someone real", "get an operator", "see a manager"
                ),
            },
        },
        "paths": {
            "make_booking": {
                "label": "Book a stay",
                "rungs": [
                    {"kind": "self_service", "name": "booking-page", "url": "/bookings/new"},
                    {
                        "kind": "queue",
                        "name": "reservations-desk",
                        "hours": "Mo-Su 07:00-22:00",
                        "max_wait_seconds": 60,
                    },
                    {"kind": "callback", "name": "reservations-callback", "within": "PT4H"},
                    {"kind": "email", "name": "reservations-email", "within": "P1D"},
                ],
            },
            "cancel_booking": {
                "label": "Cancel your booking",
                "rungs": [
                    {"kind": "self_service", "name": "cancel-page", "url": "/bookings/cancel"},
                    {"kind": "callback", "name": "reservations-callback", "within": "PT4H"},
                    {"kind": "email", "name": "reservations-email", "within": "P1D"},
                ],
            },
            "track_order": {
                "label": "Track your order",
                "rungs": [
                    {"kind": "http", "name": "order-lookup", "url": "https://orders.example/lookup"},
                    {"kind": "email", "name": "order-desk-email", "within": "P1D"},
                ],
            },
            "speak_to_human": {
                "label": "Speak to a person",
                "rungs": [
                    {"kind": "queue", "name": "front-desk", "max_wait_seconds": 300},
                    {"kind": "callback", "name": "front-desk-callback", "within": "PT4H"},
                ],
            },
        },
        "entry_points": {"reservations-line": {"made_for": ["make_booking", "cancel_booking"]}},
        "policy": {"timezone": "Europe/London"},
        "boundaries": {
            "no_goal_yet": ["hello", "yes", "thanks"],
            "out_of_scope": ["what is the weather like", "tell me a joke"],
        },
    }


def write_catalogue(folder: Path, *, files: Mapping[str, str] | None = None, **overrides: Mapping[str, Any]) -> Path:
    """Write the minimal catalogue to `folder/catalogue.yaml` and give back the folder.

    A keyword is a section. Its entries are laid over those of the minimal catalogue, key by key; `None` removes one:
    `write_catalogue(folder, intents={"track_order": {"urgent": True}}, entry_points={"reservations-line": None})`.
    `files` are written beside it as they are.
    """
    contents = minimal()
    for section, entries in overrides.items():
        contents[section] = _laid_over(contents[section], entries)
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(contents, sort_keys=False, allow_unicode=True)
    (folder / "catalogue.yaml").write_text(text, encoding="utf-8")
    for name, raw in (files or {}).items():
        (folder / name).write_text(raw, encoding="utf-8")
    return folder


def _laid_over(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(under.get(key), dict):
            merged[key] = under[key] | dict(value)
        else:
            merged[key] = value
    return merged
