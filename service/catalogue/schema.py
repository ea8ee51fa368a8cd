"""The catalogue as frozen values: what may be written, and what it means. Where it was written is not known here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from service.catalogue.fields import (
    Country,
    Duration,
    Endpoint,
    Example,
    Hours,
    IntentName,
    KebabName,
    Page,
    PathName,
    Text,
    Timezone,
    span,
)
from service.catalogue.hours import OpeningHours
from service.domain import NO_GOAL_YET, Channel


class Purpose(StrEnum):
    """What a rung is for; `retain` and `offer` have no place on the way out."""

    SERVE = "serve"
    INFORM = "inform"
    VERIFY = "verify"
    ESCALATE = "escalate"
    RETAIN = "retain"
    OFFER = "offer"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scenario(_Frozen):
    """Who the users are, what their goal is, and what done means to them."""

    who: Text
    goal: Text
    done_when: Text


class Intent(_Frozen):
    name: IntentName
    title: Text
    """Shown to customers."""
    scenario: Scenario
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    path: str
    exit: bool = False
    """The customer is leaving: nothing may be put in the way."""
    opposite: str | None = None
    """The intent that this one undoes; leaving may take no more steps than joining."""
    urgent: bool = False


class Need(_Frozen):
    """Something a rung must ask for, and why the customer should tell."""

    field: Text
    why: Text


class _Rung(_Frozen):
    name: KebabName
    hours: Hours | None = None
    """OpenStreetMap syntax; `None` is always."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] | None = None
    purpose: Purpose = Purpose.SERVE
    needs: tuple[Need, ...] = ()
    say: Text | None = None
    """One or two sentences to the customer about getting this errand done."""

    def serves(self, channel: Channel | None) -> bool:
        """A contact whose channel is unknown is served by any rung."""
        return channel is None or self.channels is None or channel in self.channels

    @property
    def serves_all(self) -> bool:
        return all(self.serves(channel) for channel in Channel)


class SelfServiceRung(_Rung):
    kind: Literal["self_service"]
    url: Page

    def serves(self, channel: Channel | None) -> bool:
        """A page cannot be opened by speaking, unless `channels` says that this one can."""
        return super().serves(channel) and (self.channels is not None or channel is not Channel.VOICE)


class QueueRung(_Rung):
    kind: Literal["queue"]
    max_wait_seconds: Annotated[int, Field(gt=0, le=86_400)]
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    """1 is the most urgent."""


class HttpRung(_Rung):
    kind: Literal["http"]
    url: Endpoint
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0


class CallbackRung(_Rung):
    kind: Literal["callback"]
    within: Duration
    """ISO 8601."""

    @property
    def within_span(self) -> timedelta:
        return span(self.within)


class EmailRung(_Rung):
    kind: Literal["email"]
    within: Duration
    """ISO 8601."""

    @property
    def within_span(self) -> timedelta:
        return span(self.within)


Rung = Annotated[SelfServiceRung | QueueRung | HttpRung | CallbackRung | EmailRung, Field(discriminator="kind")]


class Path(_Frozen):
    """The ordered ways to fulfil an intent."""

    name: PathName
    label: Text | None = None
    """What a button would say; without it, the title of the intent."""
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=20)]
    extra_mile: HttpRung | None = None
    """At most one step after done, for the same goal."""


class EntryPoint(_Frozen):
    """A line, page or address that contacts come in by."""

    name: KebabName
    made_for: Annotated[tuple[str, ...], Field(min_length=1)]


class Boundaries(_Frozen):
    """What no intent is for."""

    no_goal_yet: tuple[Example, ...] = ()
    out_of_scope: tuple[Example, ...] = ()


class Policy(_Frozen):
    timezone: Timezone = "UTC"
    holidays: Country | None = None
    """Country (ISO 3166 alpha-2) whose public holidays `PH` in hours means."""
    misroute_budget: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    """Greatest share of wrong among automatic routes."""
    store_text: Literal["never"] = "never"
    retention: Duration = "P30D"
    human_intent: str = "speak_to_human"
    """Its path is the safe path: where a contact goes who asks for a person, or who cannot be helped otherwise."""

    @property
    def retention_span(self) -> timedelta:
        return span(self.retention)


class Catalogue(_Frozen):
    """A whole catalogue that has passed its checks; the checks are what makes the look-ups here safe."""

    intents: dict[str, Intent]
    paths: dict[str, Path]
    entry_points: dict[str, EntryPoint]
    boundaries: Boundaries
    policy: Policy
    version: str = ""
    """`fingerprint()` of the contents as written, before variables are filled in."""

    def fingerprint(self) -> str:
        """The same for the same contents, however they are spread over files."""
        contents = dumps(self.model_dump(mode="json", exclude={"version"}), sort_keys=True)
        return sha256(contents.encode()).hexdigest()[:12]

    def with_version(self, paths: dict[str, Path]) -> Self:
        """This catalogue with its fingerprint, and with paths whose variables are filled in."""
        return self.model_copy(update={"version": self.fingerprint(), "paths": paths})

    @property
    def human_path(self) -> Path:
        return self.path_of(self.policy.human_intent)

    def path_of(self, intent: str) -> Path:
        return self.paths[self.intents[intent].path]

    def is_wrong_door(self, entry_point: str | None, intent: str) -> bool:
        """Whether the contact came in by a door made for other errands; a door nobody has described is never wrong."""
        door = self.entry_points.get(entry_point) if entry_point is not None else None
        return door is not None and intent not in door.made_for

    def training_rows(self) -> list[tuple[str, str | None]]:
        """Text and label: an intent, `NO_GOAL_YET`, or `None` for out of scope. The order is always the same."""
        rows: list[tuple[str, str | None]] = [
            (example, name) for name, intent in sorted(self.intents.items()) for example in intent.examples
        ]
        rows += [(example, NO_GOAL_YET) for example in self.boundaries.no_goal_yet]
        rows += [(example, None) for example in self.boundaries.out_of_scope]
        return rows

    def training_fingerprint(self) -> str:
        """The same for the same training rows: what a bundle has to be built anew for."""
        return sha256(dumps(self.training_rows()).encode()).hexdigest()[:12]

    def opening_hours(self, rung: Rung) -> OpeningHours | None:
        """Hours in the time zone of the policy, parsed when first asked for any rung; `None` is always."""
        return self._opening_hours[rung.hours] if rung.hours is not None else None

    @cached_property
    def _opening_hours(self) -> dict[str, OpeningHours]:
        zone, country = self.policy.timezone, self.policy.holidays
        return {hours: OpeningHours.parse(hours, zone, country) for hours in self._hours()}

    def _hours(self) -> Iterator[str]:
        for path in self.paths.values():
            rungs: tuple[Rung, ...] = path.rungs if path.extra_mile is None else (*path.rungs, path.extra_mile)
            yield from {rung.hours for rung in rungs if rung.hours is not None}
