"""What a catalogue says of its intents, paths and rungs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path as Folder
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.catalogue.loader import load_catalogue
from service.catalogue.schema import Capacity, Catalogue, Path, Policy, Rung
from service.domain.understanding import NO_GOAL_YET, Channel
from tests.support.catalogues import write_catalogue

CALLBACK = {"kind": "callback", "name": "call-back", "within": "PT4H"}
EMAIL = {"kind": "email", "name": "email", "within": "P1D"}
PAGE = {"kind": "self_service", "name": "page", "url": "/page"}
LOOKUP = {"kind": "http", "name": "lookup", "url": "https://Orders.example:8443/v1/lookup"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_catalogue(write_catalogue(tmp_path_factory.mktemp("catalogue")))


def a_rung(**fields: Any) -> Rung:
    rung: Rung = TypeAdapter(Rung).validate_python(fields)
    return rung


@pytest.mark.parametrize(
    ("rung", "channel", "serves", "reason"),
    [
        (CALLBACK, Channel.VOICE, True, "every channel, if none is named"),
        (PAGE, Channel.VOICE, False, "nobody reads a page to a caller"),
        (PAGE, Channel.CHAT, True, "a page can be sent"),
        ({**PAGE, "channels": ["voice"]}, Channel.VOICE, True, "the designer knows better"),
        ({**CALLBACK, "channels": ["chat"]}, Channel.VOICE, False, "another channel is named"),
        ({**CALLBACK, "channels": ["chat"]}, None, True, "a channel that is not known is no obstacle"),
    ],
)
def test_a_rung_serves_its_channels(
    rung: dict[str, Any], channel: Channel | None, *, serves: bool, reason: str
) -> None:
    """Others are passed over."""
    assert a_rung(**rung).serves(channel) == serves, reason


def test_a_path_knows_its_calls() -> None:
    """The extra mile comes last."""
    path = Path.model_validate({"name": "a", "rungs": [PAGE, LOOKUP, EMAIL], "extra_mile": {**LOOKUP, "name": "more"}})

    assert [call.name for call in path.calls] == ["lookup", "more"]
    assert [rung.is_promise for rung in path.rungs] == [False, False, True]


def test_a_system_is_known_by_its_origin() -> None:
    """Its breaker is shared by every address there, however that is written."""
    rung = a_rung(**LOOKUP)

    assert rung.kind == "http"
    assert rung.origin == "https://orders.example:8443"


def test_a_report_on_capacity_is_believed_for_a_few_rounds() -> None:
    """One that failed to come does not close a desk."""
    capacity = Capacity.model_validate({"url": "https://a.example", "every": "PT20S"})

    assert timedelta(seconds=20) < capacity.believed_for <= timedelta(minutes=2)


def test_a_probe_is_answered_before_the_next() -> None:
    """Otherwise questions would pile up."""
    with pytest.raises(ValidationError):
        Capacity.model_validate({"url": "https://a.example", "every": "PT1S", "timeout_seconds": 2})


@pytest.mark.parametrize(
    ("entry_point", "intent", "is_wrong"),
    [
        ("reservations-line", "make_booking", False),
        ("reservations-line", "track_order", True),
        ("unknown", "track_order", False),
        (None, "track_order", False),
    ],
)
def test_a_wrong_door_was_made_for_others(
    catalogue: Catalogue, entry_point: str | None, intent: str, *, is_wrong: bool
) -> None:
    """A door that the catalogue lacks is never wrong."""
    assert catalogue.is_wrong_door(entry_point, intent) == is_wrong


@pytest.mark.parametrize(
    ("policy", "intent", "keeps_it", "keeps_any"),
    [
        ("never", None, False, False),
        ("never", "redacted", True, True),
        ("redacted", None, True, True),
        ("redacted", "never", False, True),
    ],
)
def test_an_intent_may_differ_from_the_policy_on_texts(
    catalogue: Catalogue, policy: str, intent: str | None, *, keeps_it: bool, keeps_any: bool
) -> None:
    """Its own word counts."""
    own = catalogue.intents["track_order"].model_copy(update={"store_text": intent})
    changed = catalogue.model_copy(
        update={
            "intents": {**catalogue.intents, "track_order": own},
            "policy": catalogue.policy.model_copy(update={"store_text": policy}),
        }
    )

    assert (changed.keeps_text_about("track_order"), changed.keeps_any_text) == (keeps_it, keeps_any)


def test_a_text_is_kept_no_longer_than_its_decision() -> None:
    """The shorter time counts."""
    assert Policy(retention="P1D", text_retention="P30D").text_retention_span == timedelta(days=1)
    assert Policy(retention="P30D", text_retention="P1D").text_retention_span == timedelta(days=1)


def test_the_way_to_a_person_is_the_policy_s(catalogue: Catalogue) -> None:
    """Every contact can be led there."""
    assert catalogue.human_path is catalogue.path_of("speak_to_human")


def test_a_version_is_of_the_contents(catalogue: Catalogue, tmp_path: Folder) -> None:
    """The same catalogue has the same, wherever its files are, and any change another."""
    again = load_catalogue(write_catalogue(tmp_path / "again"))
    changed = load_catalogue(write_catalogue(tmp_path / "changed", policy={"misroute_budget": 0.01}))

    assert catalogue.version == again.version == catalogue.fingerprint()
    assert changed.version != catalogue.version
    assert changed.training_fingerprint() == catalogue.training_fingerprint(), "a bundle need not be built anew"


def test_training_rows_have_a_label_each(catalogue: Catalogue) -> None:
    """What fits no intent is a row as well."""
    rows = catalogue.training_rows()

    assert {label for _, label in rows} == {*catalogue.intents, NO_GOAL_YET, None}
    assert rows == in_another_order(catalogue)


def in_another_order(catalogue: Catalogue) -> list[tuple[str, str | None]]:
    """The rows of the same catalogue whose intents come in another order."""
    turned = dict(reversed(catalogue.intents.items()))
    return catalogue.model_copy(update={"intents": turned}).training_rows()


def test_hours_are_in_the_zone_of_the_policy(catalogue: Catalogue) -> None:
    """A rung without hours is always open."""
    desk = catalogue.paths["make_booking"].rungs[1]

    assert catalogue.opening_hours(desk) is catalogue.opening_hours(desk) is not None
    assert catalogue.opening_hours(catalogue.paths["make_booking"].rungs[0]) is None
