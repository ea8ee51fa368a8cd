"""The catalogue as frozen values: the allowed contents and their meaning. Files and lines are unknown here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from service.catalogue.fields import (
    Country,
    Duration,
    Endpoint,
    Example,
    Hours,
    IntentName,
    Interval,
    KebabName,
    Page,
    PathName,
    Text,
    Timezone,
    span,
)
from service.catalogue.hours import OpeningHours
from service.domain.understanding import NO_GOAL_YET, Channel

MOST_RUNGS: Final = 20
TEXT_RETENTION: Final = "P7D"
StoreText = Literal["never", "redacted"]
"""Rule for the texts of customers: keep none, or keep the redacted text for a limited time."""


class Purpose(StrEnum):
    """Purpose of a rung. An exit rejects `retain` and `offer`."""

    SERVE = "serve"
    INFORM = "inform"
    VERIFY = "verify"
    ESCALATE = "escalate"
    RETAIN = "retain"
    OFFER = "offer"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scenario(_Frozen):
    """The people behind an intent, their goal, and the state that they call done."""

    who: Text
    goal: Text
    done_when: Text


class Intent(_Frozen):
    name: IntentName
    title: Text
    """Title shown to customers."""
    scenario: Scenario
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    path: str
    exit: bool = False
    """True if the customer is leaving. The path must then be free of obstacles."""
    opposite: str | None = None
    """Intent that this intent undoes. Leaving may take at most as many steps as joining."""
    urgent: bool = False
    store_text: StoreText | None = None
    """Rule for texts about this intent. `None` follows the policy."""

    @model_serializer(mode="wrap")
    def _without_a_word_on_texts_as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out an unset rule, so that older catalogues keep the fingerprint that is on record."""
        return {key: value for key, value in written(self).items() if key != "store_text" or value is not None}


class Need(_Frozen):
    """A detail that a rung asks for or that an http rung is handed, and the customer's reason to give it."""

    field: Text
    why: Text


class Capacity(_Frozen):
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


class _Rung(_Frozen):
    is_promise: ClassVar[bool] = False
    """True if committing the decision makes the promise. Hours can close the rung, but no system behind can be away."""
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
    capacity: Capacity | None = None

    @model_serializer(mode="wrap")
    def _without_a_probe_as_before_there_were_any(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out an unset probe, so that older catalogues keep the fingerprint that is on record."""
        return {key: value for key, value in written(self).items() if key != "capacity" or value is not None}


class QueueRung(ProbedRung):
    kind: Literal["queue"]
    max_wait_seconds: Annotated[int, Field(gt=0, le=86_400)]
    """Longest wait that this rung is worth. If the wait is longer, the next rung serves sooner."""
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    """1 is the most urgent."""


class HttpRung(ProbedRung):
    kind: Literal["http"]
    url: Endpoint
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0

    @property
    def origin(self) -> str:
        """Scheme, host and port. Rungs that share an origin are away together."""
        scheme, _, rest = self.url.partition("://")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
        return f"{scheme}://{host}".lower()


class CallbackRung(_Rung):
    is_promise: ClassVar[bool] = True
    kind: Literal["callback"]
    within: Duration
    """ISO 8601 duration."""


class EmailRung(_Rung):
    is_promise: ClassVar[bool] = True
    kind: Literal["email"]
    within: Duration
    """ISO 8601 duration."""


Rung = Annotated[SelfServiceRung | QueueRung | HttpRung | CallbackRung | EmailRung, Field(discriminator="kind")]


class Path(_Frozen):
    """The ordered ways to fulfil an intent."""

    name: PathName
    label: Text | None = None
    """Text of a button. The title of the intent stands in for a missing label."""
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=MOST_RUNGS)]
    extra_mile: HttpRung | None = None
    """At most one step after done, for the same goal."""

    @property
    def calls(self) -> tuple[HttpRung, ...]:
        """Every rung that is a call, with the extra mile last."""
        calls = tuple([rung for rung in self.rungs if isinstance(rung, HttpRung)])
        return calls if self.extra_mile is None else (*calls, self.extra_mile)


class EntryPoint(_Frozen):
    """A line, page or address by which contacts come in."""

    name: KebabName
    made_for: Annotated[tuple[str, ...], Field(min_length=1)]


class Boundaries(_Frozen):
    """Examples of texts that fit no intent."""

    no_goal_yet: tuple[Example, ...] = ()
    out_of_scope: tuple[Example, ...] = ()


class Policy(_Frozen):
    timezone: Timezone = "UTC"
    holidays: Country | None = None
    """Country (ISO 3166 alpha-2) of the public holidays that `PH` stands for in hours."""
    misroute_budget: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    """Greatest share of wrong routes among automatic routes."""
    store_text: StoreText = "never"
    text_retention: Duration = TEXT_RETENTION
    """Time for which a text is kept, if texts are kept. A text is deleted with its decision at the latest."""
    retention: Duration = "P30D"
    human_intent: str = "speak_to_human"
    """Intent of the safe path. A contact takes this path to reach a person, or if the contact cannot be helped
    otherwise."""

    @property
    def retention_span(self) -> timedelta:
        return span(self.retention)

    @property
    def text_retention_span(self) -> timedelta:
        return min(span(self.text_retention), self.retention_span)

    @model_serializer(mode="wrap")
    def _without_the_usual_time_as_before_there_was_any(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the default time, so that older catalogues keep the fingerprint that is on record."""
        is_usual = self.text_retention == TEXT_RETENTION
        return {key: value for key, value in written(self).items() if key != "text_retention" or not is_usual}


class Catalogue(_Frozen):
    """A whole catalogue that has passed its checks. The checks make the look-ups here safe."""

    intents: dict[str, Intent]
    paths: dict[str, Path]
    entry_points: dict[str, EntryPoint]
    boundaries: Boundaries
    policy: Policy
    version: str = ""
    """`fingerprint()` of the contents as written, before variables are filled in."""

    def fingerprint(self) -> str:
        """Return a hash of the contents. The hash is the same for any spread of the contents over files."""
        contents = dumps(self.model_dump(mode="json", exclude={"version"}), sort_keys=True)
        return sha256(contents.encode()).hexdigest()[:12]

    def with_version(self) -> Self:
        """Return this catalogue, as written, with its fingerprint."""
        return self.model_copy(update={"version": self.fingerprint()})

    def with_paths(self, paths: dict[str, Path]) -> Self:
        """Return this catalogue with paths in which variables are filled in."""
        return self.model_copy(update={"paths": paths})

    @property
    def human_path(self) -> Path:
        return self.path_of(self.policy.human_intent)

    def path_of(self, intent: str) -> Path:
        return self.paths[self.intents[intent].path]

    def keeps_text_about(self, intent: str) -> bool:
        """Return whether redacted texts about this intent may be kept."""
        return (self.intents[intent].store_text or self.policy.store_text) == "redacted"

    @property
    def keeps_any_text(self) -> bool:
        return self.policy.store_text == "redacted" or any(map(self.keeps_text_about, self.intents))

    def is_wrong_door(self, entry_point: str | None, intent: str) -> bool:
        """Return whether the contact came in by an entry point that was made for other intents.

        An entry point that is missing from the catalogue is never wrong.
        """
        door = self.entry_points.get(entry_point) if entry_point is not None else None
        return door is not None and intent not in door.made_for

    def training_rows(self) -> list[tuple[str, str | None]]:
        """Return text and label of each row.

        A label is an intent, `NO_GOAL_YET`, or `None` for out of scope. The order is always the same.
        """
        rows: list[tuple[str, str | None]] = [
            (example, name) for name, intent in sorted(self.intents.items()) for example in intent.examples
        ]
        rows += [(example, NO_GOAL_YET) for example in self.boundaries.no_goal_yet]
        rows += [(example, None) for example in self.boundaries.out_of_scope]
        return rows

    def training_fingerprint(self) -> str:
        """Return a hash of the training rows. A bundle must be built anew if this hash changes."""
        return sha256(dumps(self.training_rows()).encode()).hexdigest()[:12]

    def opening_hours(self, rung: Rung) -> OpeningHours | None:
        """Return the hours of a rung in the time zone of the policy, or `None` for always.

        The first request parses the hours of all rungs.
        """
        return self._opening_hours[rung.hours] if rung.hours is not None else None

    @cached_property
    def _opening_hours(self) -> dict[str, OpeningHours]:
        zone, country = self.policy.timezone, self.policy.holidays
        return {hours: OpeningHours.parse(hours, zone, country) for hours in self._hours()}

    def _hours(self) -> Iterator[str]:
        for path in self.paths.values():
            rungs: tuple[Rung, ...] = path.rungs if path.extra_mile is None else (*path.rungs, path.extra_mile)
            yield from {rung.hours for rung in rungs if rung.hours is not None}
