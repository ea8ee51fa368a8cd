"""A rung becomes a promise with a desk, a due time in the hours of that desk, and a sealed detail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.catalogue.schema import CallbackRung, Catalogue, Path, Policy, QueueRung
from service.domain.promise import Promise, PromiseKind
from service.promise.maker import PromiseMaker, desk_hours
from tests.support.promises import NUMBER, SEALER

SATURDAY_EVENING = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


def a_catalogue(*rungs: Any, **policy: Any) -> Catalogue:
    path = Path(name="get_help", rungs=rungs)
    paths = {"get_help": path, "elsewhere": Path(name="elsewhere", rungs=(desk("other-desk", "Mo-Su 06:00-23:00"),))}
    fields = {"intents": {}, "entry_points": {}, "boundaries": {}, "policy": {"timezone": "Europe/London", **policy}}
    return Catalogue.model_validate({**fields, "paths": {name: each.model_dump() for name, each in paths.items()}})


def desk(name: str, hours: str | None) -> QueueRung:
    return QueueRung(kind="queue", name=name, hours=hours, max_wait_seconds=60)


def callback(**fields: Any) -> CallbackRung:
    return CallbackRung(**{"kind": "callback", "name": "call-back", "within": "PT4H", **fields})


def made(catalogue: Catalogue, *, detail: str | None = NUMBER) -> tuple[Promise, PromiseMaker]:
    maker = PromiseMaker(catalogue=catalogue, sealer=SEALER, new_id=lambda: "p-1")
    path = catalogue.paths["get_help"]
    rung = path.rungs[-1]
    assert isinstance(rung, CallbackRung)
    promise = maker.make(
        rung, path=path, decision_id="d-1", contact_key="c-1", goal="get_help", at=SATURDAY_EVENING, detail=detail
    )
    return promise, maker


def test_a_promise_is_made_of_a_rung() -> None:
    """For the queue above it, by Monday noon, and said so."""
    promise, maker = made(a_catalogue(desk("help-desk", "Mo-Sa 08:00-20:00"), callback()))

    assert (promise.kind, promise.desk, promise.path, promise.rung) == (
        PromiseKind.CALLBACK,
        "help-desk",
        "get_help",
        1,
    )
    assert promise.due_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert maker.said(promise) == "by Monday noon"
    assert promise.expires_at == SATURDAY_EVENING + timedelta(days=30)


@pytest.mark.parametrize("retention", ["P2D", "PT6H"])
def test_a_detail_is_sealed_until_some_time_after_the_due_time(retention: str) -> None:
    """As long as the policy says; of a customer whom the desk can reach already there is none."""
    catalogue = a_catalogue(callback(), promise_detail_retention=retention)
    promise, _ = made(catalogue)

    assert promise.detail is not None
    assert SEALER.find_opened(promise.detail, promise_id="p-1") == NUMBER
    assert promise.detail.until - promise.due_at == catalogue.policy.promise_detail_retention_span
    assert NUMBER not in repr(promise)
    assert made(catalogue, detail=None)[0].detail is None


def test_a_promise_that_is_due_late_outlives_a_short_retention() -> None:
    """People still wait for it."""
    promise, _ = made(a_catalogue(callback(within="P20D"), retention="P1D"))

    assert promise.detail is not None
    assert promise.expires_at == promise.detail.until


@pytest.mark.parametrize(
    ("rungs", "expected", "name"),
    [
        ([callback()], None, "call-back"),
        ([desk("night-desk", None), callback()], None, "night-desk"),
        ([desk("help-desk", "Mo-Fr 09:00-17:00"), callback()], "Mo-Fr 09:00-17:00", "help-desk"),
        ([desk("help-desk", "Mo-Fr 09:00-17:00"), callback(hours="24/7")], "24/7", "help-desk"),
        ([desk("help-desk", "Mo-Fr 09:00-17:00"), callback(desk="other-desk")], "Mo-Su 06:00-23:00", "other-desk"),
    ],
)
def test_hours_are_those_of_the_people_that_keep_it(rungs: list[Any], expected: str | None, name: str) -> None:
    """Its own come first, then those of its desk."""
    catalogue = a_catalogue(*rungs)
    path = catalogue.paths["get_help"]

    hours = desk_hours(catalogue, path, path.rungs[-1])  # type: ignore[arg-type]

    assert (None if hours is None else hours.expression) == expected
    assert made(catalogue)[0].desk == name


def test_the_default_is_two_days() -> None:
    """For catalogues that say nothing about it."""
    assert Policy().promise_detail_retention_span == timedelta(days=2)
