"""The rungs of a path, one class for each kind."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.catalogue.fields import (
    CONDITION,
    Condition,
    Duration,
    Endpoint,
    Hours,
    Interval,
    KebabName,
    Page,
    PhoneNumber,
    Text,
    span,
)
from service.catalogue.frozen import Frozen
from service.domain.understanding import Channel


class Purpose(StrEnum):
    """Purpose of a rung. An exit rejects `retain` and `offer`."""

    SERVE = "serve"
    INFORM = "inform"
    VERIFY = "verify"
    ESCALATE = "escalate"
    RETAIN = "retain"
    OFFER = "offer"


class Need(Frozen):
    """A detail that a rung asks for or that an http rung is handed, and the customer's reason to give it."""

    later = frozenset({"why"})
    field: Text
    """A detail of the catalogue, or the name of an attribute."""
    why: Text = ""
    """Empty only until the loader has filled in the reason of the detail."""


class Capacity(Frozen):
    """Address that tells whether there is room now. The answer has the form `{"open": true, "waiting_seconds": 40}`."""

    url: Endpoint
    every: Interval = "PT15S"
    """ISO 8601 duration."""
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0

    @property
    def believed_for(self) -> timedelta:
        """Greatest age of a report that still counts: three times the interval between reports."""
        return 3 * span(self.every)

    @model_validator(mode="after")
    def _answers_before_it_is_asked_again(self) -> Self:
        if timedelta(seconds=self.timeout_seconds) > span(self.every):
            message = "The probe would be asked again before 'timeout_seconds' are over."
            mend = "Write a shorter 'timeout_seconds', or a longer 'every'."
            raise PydanticCustomError("out_of_range", message, {"mend": mend})
        return self


class _Rung(Frozen):
    is_promise: ClassVar[bool] = False
    """True if committing the decision makes the promise. Hours can close the rung, but no system behind can be away."""
    is_system: ClassVar[bool] = True
    """True if a page, people or a service of the house are behind the rung. They may be away."""
    name: KebabName
    hours: Hours | None = None
    """OpenStreetMap syntax. `None` means always."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] | None = None
    purpose: Purpose = Purpose.SERVE
    needs: tuple[Need, ...] = ()
    say: Text | None = None
    """One or two sentences to the customer about getting this errand done."""

    def serves(self, channel: Channel | None) -> bool:
        """Return whether the rung serves a channel. Any rung serves a contact on an unknown channel."""
        return channel is None or self.channels is None or channel in self.channels


class SelfServiceRung(_Rung):
    kind: Literal["self_service"]
    url: Page

    def serves(self, channel: Channel | None) -> bool:
        """Return whether the page serves a channel. A page serves voice only if `channels` names voice."""
        return super().serves(channel) and (self.channels is not None or channel is not Channel.VOICE)


class ProbedRung(_Rung):
    later = frozenset({"capacity"})
    capacity: Capacity | None = None


class QueueRung(ProbedRung):
    kind: Literal["queue"]
    max_wait_seconds: Annotated[int, Field(gt=0, le=86_400)]
    """Longest wait that this rung is worth. If the wait is longer, the next rung serves sooner."""
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    """1 is the most urgent."""


class HttpRung(ProbedRung):
    later = frozenset({"capacity", "when"})
    kind: Literal["http"]
    url: Endpoint
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    when: Condition | None = None
    """Condition of an extra mile: `details.NAME` with the name of a flag. `None` means always."""

    @property
    def flag(self) -> str | None:
        """Name of the flag that the customer must have told, or `None`."""
        found = CONDITION.fullmatch(self.when or "")
        return found[1] if found else None

    @property
    def origin(self) -> str:
        """Scheme, host and port. Rungs that share an origin are away together."""
        scheme, _, rest = self.url.partition("://")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
        return f"{scheme}://{host}".lower()


class PromiseRung(_Rung):
    is_promise: ClassVar[bool] = True
    is_system: ClassVar[bool] = False
    later = frozenset({"desk"})
    within: Duration
    """ISO 8601 duration."""
    desk: KebabName | None = None
    """Queue whose people keep the promise. `None` stands for the nearest queue above in the path."""

    @property
    def within_span(self) -> timedelta:
        return span(self.within)


class CallbackRung(PromiseRung):
    kind: Literal["callback"]


class EmailRung(PromiseRung):
    kind: Literal["email"]


class PhoneRung(_Rung):
    """A number that the customer rings, such as that of the emergency services. Only urgent intents have one."""

    is_system: ClassVar[bool] = False
    kind: Literal["phone"]
    number: PhoneNumber
    say: Text

    @model_validator(mode="after")
    def _is_told_at_once(self) -> Self:
        if self.needs:
            mend = "Remove 'needs'. Ask for details at the rung that comes next."
            raise PydanticCustomError("needs_first", "A number to ring is told without asking.", {"mend": mend})
        return self


Rung = Annotated[
    SelfServiceRung | QueueRung | HttpRung | CallbackRung | EmailRung | PhoneRung, Field(discriminator="kind")
]
