"""Play the stories over HTTP, as a caller of Errand does, and tell how they went."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from service.demo.story import Came, Story, differences
from service.domain.delivery import StepState
from service.domain.ledger import GoalState
from service.domain.outcome import OutcomeResult
from service.errors import DemoError

LONGEST_WALK_SECONDS: Final = 120.0
"""Longest time for a walk, far more than the patience of any channel that a story comes by."""
TIMEOUT_SECONDS: Final = 60.0
EXTRA_MILE: Final = "extra_mile"
WRONG_DOOR: Final = "errand_wrong_door_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One story as it went. Answers of the services are kept unchanged."""

    story: str
    title: str
    text: str
    """The customer's words: a sentence of the story."""
    channel: str
    entry_point: str
    goal: str | None
    goal_title: str | None
    confidence: float | None
    why: str
    wrong_door: bool
    destination: dict[str, Any]
    must_not_ask: list[str]
    needs: list[dict[str, str]]
    calls: list[dict[str, Any]]
    """Calls of this decision, as the shop noted them."""
    steps: list[dict[str, Any]]
    """Steps without the extra mile."""
    extra_miles: list[dict[str, Any]]
    said: list[str]
    """Sentences to the customer, in order."""
    ledger: dict[str, str]
    """State of each goal before its outcome was told."""
    outcome: dict[str, Any] | None
    """Answer to the outcome done, which is told by token. `None` if the story ended otherwise than it should."""
    counted: list[str]
    """Lines of the metrics that count this entry point's wrong doors."""
    differences: list[str]
    """Differences between the story and its ending, one sentence each."""

    @property
    def ended_as_it_should(self) -> bool:
        return not self.differences


def play(stories: Iterable[Story], *, errand: str, shop: str) -> Iterator[Played]:
    """Play each story by a new contact. `errand` and `shop` are addresses.

    Raises DemoError if a service fails to answer, or if a walk takes too long.
    """
    with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS) as http:
        for story in stories:
            try:
                yield _Player(http=http, errand=errand, shop=shop).play(story)
            except httpx.HTTPError as error:
                raise DemoError(f"The story of {story.title.lower()} broke off: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Player:
    http: httpx.Client
    errand: str
    shop: str

    def play(self, story: Story) -> Played:
        contact_id = f"{story.name}-{uuid.uuid4()}"
        answer = self._post("/route", story.request(contact_id))
        decision_id = answer["decision_id"]
        walked = self._walked(decision_id)
        ladder = [step for step in walked if step["kind"] != EXTRA_MILE]
        extra_miles = [step for step in walked if step["kind"] == EXTRA_MILE]
        calls = [call for call in self._get(f"{self.shop}/calls") if call["decision_id"] == decision_id]
        held = self._get(f"{self.errand}/contacts/{contact_id}")["goals"]
        ledger = {goal["intent"]: goal["state"] for goal in held}
        counted = self._counted(story.entry_point)
        needs = answer["needs"] + [need for step in ladder for need in step["needs"]]
        came = Came(
            goal=answer["goal"],
            wrong_door=answer["wrong_door"],
            is_counted=any(f'intent="{answer["goal"]}"' in line for line in counted),
            calls=_names_called(calls, besides=extra_miles),
            at=ladder[-1]["name"] if ladder else answer["destination"]["name"],
            extra_miles=tuple(step["name"] for step in extra_miles if step["state"] == StepState.SERVED),
            state=GoalState(ledger[answer["goal"]]) if answer["goal"] in ledger else None,
            asked=(*(need["field"] for need in needs), *_options(answer)),
        )
        found = list(differences(story.ending, came))
        goal = next((goal for goal in answer["goals"] if goal["intent"] == answer["goal"]), None)
        said = [answer["destination"]["say"], *(step["say"] for step in walked)]
        return Played(
            story=story.name,
            title=story.title,
            text=story.text,
            channel=story.channel.value,
            entry_point=story.entry_point,
            goal=answer["goal"],
            goal_title=goal and goal["title"],
            confidence=goal and goal["confidence"],
            why=answer["why"],
            wrong_door=answer["wrong_door"],
            destination=answer["destination"],
            must_not_ask=answer["handover"]["must_not_ask"],
            needs=needs,
            calls=calls,
            steps=ladder,
            extra_miles=extra_miles,
            said=[say for say in said if say is not None],
            ledger=ledger,
            outcome=None if found else self._tell(answer, story),
            counted=counted,
            differences=found,
        )

    def _walked(self, decision_id: str) -> list[dict[str, Any]]:
        """Return the steps of a decision as soon as all of them have stopped waiting."""
        deadline = time.monotonic() + LONGEST_WALK_SECONDS
        while time.monotonic() < deadline:
            steps: list[dict[str, Any]] = self._get(f"{self.errand}/decisions/{decision_id}")["steps"]
            if all(step["state"] != StepState.WAITING for step in steps):
                return steps
            time.sleep(0.05)
        raise DemoError(f"Decision {decision_id} still waits for a system after {LONGEST_WALK_SECONDS:.0f} s.")

    def _tell(self, answer: dict[str, Any], story: Story) -> dict[str, Any]:
        """Tell the outcome done. The token alone proves the right to tell it."""
        told = {"result": OutcomeResult.DONE, "reported_by": story.told_by, "outcome_token": answer["outcome_token"]}
        return self._post(f"/decisions/{answer['decision_id']}/outcome", told)

    def _counted(self, entry_point: str) -> list[str]:
        lines = self.http.get(f"{self.errand}/metrics").raise_for_status().text.splitlines()
        return [line for line in lines if line.startswith(f'{WRONG_DOOR}{{entry_point="{entry_point}"')]

    def _get(self, url: str) -> Any:
        return self.http.get(url).raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"{self.errand}{path}", json=body).raise_for_status().json()
        return answer


def _names_called(calls: list[dict[str, Any]], *, besides: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return one system for each delivery. A repeated call carries the same delivery id."""
    systems = {call["delivery_id"]: call["system"] for call in calls}
    others = {step["name"] for step in besides}
    return tuple(system for system in systems.values() if system not in others)


def _options(answer: dict[str, Any]) -> list[str]:
    return [option["intent"] for option in (answer["clarify"] or {"options": []})["options"]]
