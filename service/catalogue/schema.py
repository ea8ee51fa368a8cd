"""The catalogue as frozen values: the allowed contents and their meaning. Files and lines are unknown here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from service.catalogue.detail import Detail
from service.catalogue.fields import (
    Country,
    Duration,
    Example,
    IntentName,
    KebabName,
    PathName,
    Site,
    Text,
    Timezone,
    span,
)
from service.catalogue.frozen import Frozen
from service.catalogue.hours import OpeningHours
from service.catalogue.rung import (
    CallbackRung,
    Capacity,
    EmailRung,
    HttpRung,
    Need,
    PhoneRung,
    ProbedRung,
    PromiseRung,
    Purpose,
    QueueRung,
    Rung,
    SelfServiceRung,
)
from service.domain.understanding import NO_GOAL_YET

# The parts of the format are imported from here, however they are spread over modules.
__all__ = (
    "MOST_RUNGS",
    "Boundaries",
    "CallbackRung",
    "Capacity",
    "Catalogue",
    "Detail",
    "EmailRung",
    "EntryPoint",
    "HttpRung",
    "Intent",
    "Need",
    "Path",
    "PhoneRung",
    "Policy",
    "ProbedRung",
    "PromiseRung",
    "Purpose",
    "QueueRung",
    "Rung",
    "Scenario",
    "SelfServiceRung",
    "StoreText",
    "find_offer_goals",
)

MOST_RUNGS: Final = 20
OFFER_GOALS_BY_NAME: Final = frozenset({"ask_offers", "join_newsletter"})
"""Intents that ask for offers in a catalogue without `asks_for_offers`. Earlier versions of Errand knew these names."""
StoreText = Literal["never", "redacted"]
"""Rule for the texts of customers: keep none, or keep the redacted text for a limited time."""


class Scenario(Frozen):
    """The people behind an intent, their goal, and the state that they call done."""

    who: Text
    goal: Text
    done_when: Text


class Intent(Frozen):
    later = frozenset({"spoken", "irreversible", "asks_for_offers", "store_text"})
    name: IntentName
    title: Text
    """Title shown to customers."""
    spoken: Text | None = None
    """The title as it is said inside a sentence, without "or". `None` stands for the title."""
    scenario: Scenario
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    path: str
    exit: bool = False
    """True if the customer is leaving. The path must then be free of obstacles."""
    opposite: str | None = None
    """Intent that this intent undoes. Leaving may take at most as many steps as joining."""
    urgent: bool = False
    irreversible: bool = False
    """True if the call of an http rung cannot be undone. The customer is then asked before the call."""
    asks_for_offers: bool = False
    """True if customers with this goal ask for offers and news. Only such customers are told of offers."""
    store_text: StoreText | None = None
    """Rule for texts about this intent. `None` follows the policy."""

    @property
    def said(self) -> str:
        """The title as it is said inside a sentence."""
        return self.spoken or self.title


class Path(Frozen):
    """The ordered ways to fulfil an intent."""

    later = frozenset({"otherwise"})
    name: PathName
    label: Text | None = None
    """Text of a button. The title of the intent stands in for a missing label."""
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=MOST_RUNGS)]
    extra_mile: HttpRung | None = None
    """At most one step after done, for the same goal."""
    otherwise: bool = True
    """False if the path ends with its own rungs, without those of `Policy.otherwise`."""

    @property
    def all_rungs(self) -> tuple[Rung, ...]:
        """Every rung, with the extra mile last."""
        return self.rungs if self.extra_mile is None else (*self.rungs, self.extra_mile)

    @property
    def calls(self) -> tuple[HttpRung, ...]:
        """Every rung that is a call, with the extra mile last."""
        calls = tuple([rung for rung in self.rungs if isinstance(rung, HttpRung)])
        return calls if self.extra_mile is None else (*calls, self.extra_mile)


class EntryPoint(Frozen):
    """A line, page or address by which contacts come in."""

    name: KebabName
    made_for: Annotated[tuple[str, ...], Field(min_length=1)]


class Boundaries(Frozen):
    """Examples of texts that fit no intent."""

    no_goal_yet: tuple[Example, ...] = ()
    out_of_scope: tuple[Example, ...] = ()


class Policy(Frozen):
    later = frozenset(
        {
            "urgent_miss_budget", "irreversible_confidence", "site", "otherwise", "text_retention",
            "details_retention", "promise_detail_retention",
        }
    )  # fmt: skip
    timezone: Timezone = "UTC"
    holidays: Country | None = None
    """Country (ISO 3166 alpha-2) of the public holidays that `PH` stands for in hours."""
    misroute_budget: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    """Greatest share of wrong routes among automatic routes."""
    urgent_miss_budget: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """Greatest share of urgent contacts that may be missed."""
    irreversible_confidence: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Confidence from which a call that cannot be undone is made without a question."""
    site: Site | None = None
    """Address that relative addresses of pages are appended to, without a slash at its end."""
    otherwise: Annotated[tuple[Rung, ...], Field(max_length=MOST_RUNGS)] = ()
    """Last rungs of every path. `whole_ladder` says which of them a path already has."""
    store_text: StoreText = "never"
    text_retention: Duration = "P7D"
    """Time for which a text is kept, if texts are kept. A text is deleted with its decision at the latest."""
    details_retention: Duration = "PT24H"
    """Time for which the details of a contact are kept, while a goal that needs them is open."""
    promise_detail_retention: Duration = "P2D"
    """Time after a promise is due for which its number or address is kept."""
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

    @property
    def details_retention_span(self) -> timedelta:
        return min(span(self.details_retention), self.retention_span)

    @property
    def promise_detail_retention_span(self) -> timedelta:
        return span(self.promise_detail_retention)


def find_offer_goals(intents: Mapping[str, Intent]) -> frozenset[str]:
    """Return the intents of customers that ask for offers.

    A catalogue without `asks_for_offers` may be older than that key, so its intents are then known by name.
    """
    asking = frozenset(name for name, intent in intents.items() if intent.asks_for_offers)
    by_name = frozenset(name for name in OFFER_GOALS_BY_NAME & intents.keys() if not intents[name].exit)
    return asking or by_name


class Catalogue(Frozen):
    """A whole catalogue that has passed its checks. The checks make the look-ups here safe."""

    later = frozenset({"details"})
    intents: dict[str, Intent]
    paths: dict[str, Path]
    details: dict[str, Detail] = Field(default_factory=dict)
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

    @property
    def offer_goals(self) -> frozenset[str]:
        """Intents of customers that ask for offers."""
        return find_offer_goals(self.intents)

    def page_of(self, intent: str) -> str | None:
        """Return the first page of an intent's own path. Pages of `policy.otherwise` at its end are left out."""
        common = {(rung.kind, rung.name) for rung in self.policy.otherwise}
        own = list(self.path_of(intent).rungs)
        while own and (own[-1].kind, own[-1].name) in common:
            own.pop()
        return next((rung.url for rung in own if isinstance(rung, SelfServiceRung)), None)

    def absolute(self, url: str) -> str:
        """Return the whole address of a page. Without `policy.site` a relative address stays as it is."""
        return f"{self.policy.site}{url}" if self.policy.site is not None and url.startswith("/") else url

    def details_of(self, intent: str) -> tuple[Detail, ...]:
        """Return the declared details that the path of an intent needs, in the order of its rungs."""
        path = self.path_of(intent)
        needed = [need.field for rung in path.all_rungs for need in rung.needs]
        needed += [call.flag for call in path.calls if call.flag is not None]
        return tuple([self.details[name] for name in dict.fromkeys(needed) if name in self.details])

    def ask_for(self, field: str) -> str | None:
        """Return the sentence that asks for a field, or `None` if the field is no declared detail."""
        return self.details[field].question if field in self.details else None

    def desk_of(self, path: Path, promise: PromiseRung) -> QueueRung | None:
        """Return the queue whose people keep a promise of this path, or `None` if the path has no such queue."""
        above = path.rungs[: path.rungs.index(promise)]
        if promise.desk is None:
            return next((rung for rung in reversed(above) if isinstance(rung, QueueRung)), None)
        rungs = [rung for each in (path, *self.paths.values()) for rung in each.rungs]
        return next((rung for rung in rungs if isinstance(rung, QueueRung) and rung.name == promise.desk), None)

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
            yield from {rung.hours for rung in path.all_rungs if rung.hours is not None}
