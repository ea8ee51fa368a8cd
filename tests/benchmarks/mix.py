"""Requests of several kinds in given shares, some of them from contacts that were here before."""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tests.benchmarks.request import CHANNELS, ENTRY_POINTS, get, post

INTENT, ROUTE, OUTCOME, LOOK_UP = "/intent", "/route", "outcome report", "contact look-up"
MOST_KNOWN = 2_000
"""Contacts remembered at once; the one that was here longest ago is forgotten first."""
MOST_TURNS = 3
"""Of one contact, which then comes no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One that has been answered."""

    contact_id: str
    decision_id: str
    outcome_token: str
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    kind: str
    data: bytes
    turn: int = 1
    """Of its contact."""


class Mix:
    """Draws one request after another; the same for the same texts, shares and answers, but for the contacts' names."""

    def __init__(
        self, texts: Sequence[str], shares: Mapping[str, float], *, returning: float, port: int, run: str
    ) -> None:
        """`returning` is the share of routed turns that come from a contact which was answered before.

        `run` sets the contacts of one run apart from those of another.
        """
        self._texts = itertools.cycle(texts)
        self._kinds, self._weights = list(shares), list(shares.values())
        self._returning = returning
        self._port = port
        self._run = run
        self._random = random.Random(0)  # noqa: S311  (a mix, not a secret)
        self._numbers = itertools.count()
        self._known: deque[Contact] = deque(maxlen=MOST_KNOWN)

    def draw(self) -> Request:
        """The next one; a report or a look-up that has no contact yet to be about becomes a new contact."""
        kind = self._random.choices(self._kinds, self._weights)[0]
        if kind == INTENT:
            return Request(kind=kind, data=self._post(INTENT, {"text": next(self._texts)}))
        if kind == OUTCOME and self._known:
            return self._outcome(self._known.popleft())
        if kind == LOOK_UP and self._known:
            return Request(kind=kind, data=get(f"/contacts/{self._known[0].contact_id}", port=self._port))
        return self._route()

    def answered(self, request: Request, body: bytes) -> None:
        """A routed contact may come back from now on, so that none comes twice at once."""
        if request.kind != ROUTE or request.turn >= MOST_TURNS:
            return
        answer = orjson.loads(body)
        self._known.append(
            Contact(
                contact_id=answer["contact_id"],
                decision_id=answer["decision_id"],
                outcome_token=answer["outcome_token"],
                turns=request.turn,
            )
        )

    def _route(self) -> Request:
        number = next(self._numbers)
        contact_id, turn = f"{self._run}-{number}", 1
        if self._known and self._random.random() < self._returning:
            known = self._known.popleft()
            contact_id, turn = known.contact_id, known.turns + 1
        fields = {
            "text": next(self._texts),
            "contact_id": contact_id,
            "channel": CHANNELS[number % len(CHANNELS)],
            "entry_point": ENTRY_POINTS[number // len(CHANNELS) % len(ENTRY_POINTS)],
        }
        return Request(kind=ROUTE, data=self._post(ROUTE, fields), turn=turn)

    def _outcome(self, contact: Contact) -> Request:
        told = {"result": "done", "outcome_token": contact.outcome_token}
        return Request(kind=OUTCOME, data=self._post(f"/decisions/{contact.decision_id}/outcome", told))

    def _post(self, path: str, body: Mapping[str, Any]) -> bytes:
        return post(path, body, port=self._port)
