"""The two stories that Errand was made for: each with its contact, and with the ending that it must reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from service.domain.ledger import GoalState
from service.domain.outcome import Reporter
from service.domain.understanding import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    goal: str
    wrong_door: bool
    calls: tuple[str, ...]
    """Systems called down the ladder, each once, in this order."""
    at: str
    """Rung that holds the contact in the end."""
    extra_mile: str | None
    """Name of the step after done."""
    state: GoalState
    """State of the goal before an outcome is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    name: str
    title: str
    text: str
    channel: Channel
    entry_point: str
    told_by: Reporter
    """Reporter of the outcome, which is done."""
    ending: Ending
    attributes: Mapping[str, str] = field(default_factory=dict)

    def request(self, contact_id: str) -> dict[str, Any]:
        """Return the body of `/route`. The deadline is ample, because the speed of this machine is beside the point."""
        return {
            "text": self.text,
            "channel": self.channel.value,
            "entry_point": self.entry_point,
            "contact_id": contact_id,
            "deadline_ms": 30_000,
            **({"attributes": dict(self.attributes)} if self.attributes else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Result of a story, in the terms of its ending."""

    goal: str | None
    wrong_door: bool
    is_counted: bool
    """Whether the metrics count a wrong door."""
    calls: tuple[str, ...]
    """Systems called, without calls of the extra mile. A repeated call counts once."""
    at: str
    extra_miles: tuple[str, ...]
    """Names of the served steps after done."""
    state: GoalState | None
    asked: tuple[str, ...]
    """Fields that the customer was asked for, and goals to choose from."""


def differences(ending: Ending, came: Came) -> Iterator[str]:
    """Yield one sentence for each fact that differs from the ending."""
    facts: tuple[tuple[str, object, object], ...] = (
        ("goal", ending.goal, came.goal),
        ("wrong door", ending.wrong_door, came.wrong_door),
        ("wrong door counted", ending.wrong_door, came.is_counted),
        ("calls", ending.calls, came.calls),
        ("ends at", ending.at, came.at),
        ("extra mile", () if ending.extra_mile is None else (ending.extra_mile,), came.extra_miles),
        ("goal's state", ending.state, came.state),
        ("asked of the customer", (), came.asked),
    )
    for what, should, did in facts:
        if should != did:
            yield f"{what}: {_words(did)}, and not {_words(should)}"


def _words(fact: object) -> str:
    if isinstance(fact, tuple):
        return ", ".join(map(str, fact)) or "none"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return "none" if fact is None else str(fact)


DOLL: Final = Story(
    name="doll",
    title="The doll",
    text="hi, I am looking for the Ottoline doll for my niece, her birthday is on Saturday. does any of your shops "
    "have one?",
    channel=Channel.CHAT,
    entry_point="website",
    attributes={"item": "Ottoline doll"},
    told_by=Reporter.CUSTOMER,
    ending=Ending(
        goal="find_product",
        wrong_door=False,
        calls=("stock-lookup", "nearby-stores", "partner-stores"),
        at="partner-stores",
        extra_mile="hold-and-gift-wrap",
        state=GoalState.DONE,
    ),
)
HOTEL: Final = Story(
    name="hotel",
    title="The hotel",
    text="hi um the wifi in my room, I can not get my laptop to connect to it, how do I set it up",
    channel=Channel.VOICE,
    entry_point="reservations-line",
    told_by=Reporter.AGENT,
    ending=Ending(
        goal="get_technical_help",
        wrong_door=True,
        calls=(),
        at="tech-desk",
        extra_mile=None,
        state=GoalState.BEING_SERVED,
    ),
)
STORIES: Final = (DOLL, HOTEL)
