"""Makes promises: a contact on a callback or an e-mail rung gets a due time, and its contact detail is sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from service.catalogue.hours import OpeningHours, known_zone
from service.catalogue.schema import CallbackRung, Catalogue, EmailRung, Path
from service.domain.promise import Promise, PromiseKind
from service.promise.due_time import due_at
from service.promise.said_time import said_due
from service.promise.sealing import Sealer


class PromiseMaker:
    """Makes the promises of one catalogue."""

    def __init__(self, *, catalogue: Catalogue, sealer: Sealer, new_id: Callable[[], str]) -> None:
        self._catalogue = catalogue
        self._zone = known_zone(catalogue.policy.timezone)
        self._sealer = sealer
        self._new_id = new_id

    def make(
        self,
        rung: CallbackRung | EmailRung,
        *,
        path: Path,
        decision_id: str,
        contact_key: str,
        goal: str | None,
        at: datetime,
        detail: str | None = None,
    ) -> Promise:
        """Return the promise of a rung of `path` that is made at `at`.

        `detail` is the number or address that the customer left, or `None` if the desk knows it already.
        """
        promise_id, desk = self._new_id(), self._catalogue.desk_of(path, rung)
        due = due_at(rung.within, desk_hours(self._catalogue, path, rung), at, self._zone)
        until = due + self._catalogue.policy.promise_detail_retention_span
        sealed = None if detail is None else self._sealer.seal(detail, promise_id=promise_id, until=until)
        return Promise(
            promise_id=promise_id,
            kind=PromiseKind(rung.kind),
            decision_id=decision_id,
            contact_key=contact_key,
            goal=goal,
            desk=rung.name if desk is None else desk.name,
            path=path.name,
            rung=path.rungs.index(rung),
            due_at=due,
            made_at=at,
            expires_at=max(until, at + self._catalogue.policy.retention_span),
            detail=sealed,
        )

    def said(self, promise: Promise) -> str:
        """Return the due time of a promise as the customer is told at the time of the promise."""
        return said_due(promise.due_at, promise.made_at, self._zone)


def desk_hours(catalogue: Catalogue, path: Path, rung: CallbackRung | EmailRung) -> OpeningHours | None:
    """Return the hours in which people keep the promises of a rung: its own, else those of its desk. `None` is always.

    The hours of a rung tell when promises are made too. A rung without hours promises at any time.
    """
    desk = catalogue.desk_of(path, rung)
    if rung.hours is not None or desk is None:
        return catalogue.opening_hours(rung)
    return catalogue.opening_hours(desk)
