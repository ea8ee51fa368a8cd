"""The JSON shapes of answers: plain dictionaries, built and serialised once. `api.schema` describes them to callers."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from service.catalogue.schema import Catalogue, Rung
from service.decide.clarify import Clarification
from service.decide.firewall import is_allowed, relationship
from service.decide.ladder import Placement
from service.decide.urgency import Urgency
from service.domain.content import Judgement
from service.domain.decision import Decision
from service.domain.delivery import Step
from service.domain.effort import Effort
from service.domain.kept_text import KeptText
from service.domain.ledger import Agenda, Ledger, RerouteCause
from service.domain.outcome import Outcome
from service.domain.promise import HeldPromise
from service.domain.understanding import NO_GOAL_YET, Channel, Prediction, Understanding, Verdict, Why
from service.pipeline.incoming import IncomingContact

NOWHERE: Final[Mapping[str, Any]] = {"kind": "none", "name": "none", "say": None}
"""Destination of a contact that asks for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Pages of the catalogue, as one contact needs their addresses."""

    catalogue: Catalogue
    channel: Channel | None = None
    """`None` for a caller that is the website itself, or that kept its channel to itself."""

    def address(self, url: str | None) -> str | None:
        """Return the address of a page: relative on the website, otherwise whole if the catalogue names its site."""
        is_on_site = self.channel is None or self.channel is Channel.FORM
        return url if url is None or is_on_site else self.catalogue.absolute(url)

    def next_of(self, intent: str) -> dict[str, Any]:
        """Return the path of an intent, with its first page."""
        path = self.catalogue.path_of(intent)
        label = path.label or self.catalogue.intents[intent].title
        return {"path": path.name, "label": label, "url": self.address(self.catalogue.page_of(intent))}


def advice(
    understanding: Understanding,
    question: Clarification | None,
    contact: IncomingContact,
    catalogue: Catalogue,
    bundle: str,
) -> dict[str, Any]:
    """Return the answer of `/intent`."""
    verdict, places = understanding.verdict, Places(catalogue=catalogue)
    return {
        "status": verdict.status,
        "no_goal": verdict.no_goal,
        "goals": goals(verdict, places, explain=contact.explain),
        "candidates": candidates(understanding.prediction, contact.top_k, places),
        "clarify": clarify(question, places),
        "next": next_step(verdict, catalogue),
        "content_policy": content_policy([goal.intent for goal in verdict.goals], catalogue.offer_goals),
        "bundle": bundle,
        "catalogue": catalogue.version,
        "degraded": understanding.prediction.cut_short,
    }


def content_policy(goals: Collection[str], offer_goals: frozenset[str]) -> dict[str, str]:
    """Return the kinds of content that a contact with these goals may be told."""
    return {"relationship": relationship(goals, offer_goals)}


def content(judgement: Judgement, goals: Collection[str], offer_goals: frozenset[str]) -> dict[str, Any]:
    """Return the purpose of a text, and whether a contact with these goals may be told the text."""
    return {
        "kind": judgement.kind,
        "confidence": round(judgement.confidence, 4),
        "allowed": is_allowed(judgement, goals, offer_goals),
        "clauses": [
            {
                "start": c.start,
                "end": c.end,
                "kind": c.kind,
                "confidence": round(c.confidence, 4),
                "words": list(c.words),
                "mend": c.mend,
            }
            for c in judgement.clauses
        ],
        "content_policy": content_policy(goals, offer_goals),
    }


def goals(verdict: Verdict, places: Places, *, explain: bool = False) -> list[dict[str, Any]]:
    """Return accepted goals, most urgent first. Each goal gives its reasons only if `explain` is set."""
    found: list[dict[str, Any]] = [
        {
            "intent": goal.intent,
            "title": goal.title,
            "confidence": round(goal.confidence, 4),
            "urgent": goal.urgent,
            "evidence": [{"turn": e.turn, "start": e.start, "end": e.end} for e in goal.evidence],
            "next": places.next_of(goal.intent),
        }
        for goal in verdict.goals
    ]
    if explain:
        for shape, goal in zip(found, verdict.goals, strict=True):
            shape["why"] = None if goal.why is None else why(goal.why)
    return found


def why(found: Why) -> dict[str, Any]:
    """Return the catalogue's examples with their text, and the customer's words by their places only."""
    return {
        "examples": [{"text": e.text, "similarity": round(e.similarity, 2)} for e in found.examples],
        "words": [{"turn": w.turn, "start": w.start, "end": w.end, "weight": round(w.weight, 2)} for w in found.words],
    }


def candidates(prediction: Prediction, top_k: int, places: Places) -> list[dict[str, Any]]:
    """Return the likeliest intents. `no_goal_yet` is left out, because it is a status."""
    intents = [candidate for candidate in prediction.candidates if candidate.intent != NO_GOAL_YET]
    return [
        {"intent": c.intent, "confidence": round(c.confidence, 4), "next": places.next_of(c.intent)}
        for c in intents[:top_k]
    ]


def clarify(question: Clarification | None, places: Places) -> dict[str, Any] | None:
    """Return the question to the customer, with its options."""
    if question is None:
        return None
    options = [
        {"intent": each.intent, "title": each.title, "spoken": each.spoken, "next": places.next_of(each.intent)}
        for each in question.options
    ]
    return {"kind": question.kind, "question": question.question, "options": options}


def destination(rung: Rung, urgency: Urgency | None, places: Places) -> dict[str, Any]:
    """Return the destination of the contact, its priority, and the sentence for the customer."""
    shape: dict[str, Any] = {"kind": rung.kind, "name": rung.name}
    match rung.kind:
        case "queue":
            shape |= {"priority": rung.priority, "max_wait_seconds": rung.max_wait_seconds}
        case "self_service":
            shape |= {"url": places.address(rung.url)}
        case "callback" | "email":
            shape |= {"within": rung.within}
        case "phone":
            shape |= {"number": rung.number}
        case _:
            pass
    priority = {} if urgency is None else {"priority": urgency.priority}
    return {**shape, **priority, "say": rung.say}


def reroute(decision_id: str, cause: RerouteCause, placement: Placement) -> dict[str, Any]:
    """Return the facts that only the answer to a reroute has."""
    return {"reroute_of": decision_id, "cause": cause, "exhausted": placement.exhausted}


def next_step(verdict: Verdict, catalogue: Catalogue) -> dict[str, Any] | None:
    """Return the path of the first goal, with its first page, for a website to send its visitor to."""
    return Places(catalogue=catalogue).next_of(verdict.goals[0].intent) if verdict.goals else None


def needs(placement: Placement, *, told: Container[str]) -> list[dict[str, str]]:
    """Return the details that the rung must ask for, with reasons. Details that the caller has told are left out."""
    return [{"field": need.field, "why": need.why} for need in placement.rung.needs if need.field not in told]


def steps(taken: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the rungs that the contact was led to, in order of time."""
    return [
        {
            "number": step.number,
            "rung": step.rung,
            "kind": step.kind,
            "name": step.name,
            "state": step.state,
            "cause": step.cause,
            "say": step.say,
            "learned": step.learned,
            "needs": step.needs,
            "at": step.at.isoformat(),
        }
        for step in taken
    ]


def handover(
    verdict: Verdict, agenda: Agenda, channel: Channel | None, tried: Iterable[str], told: Collection[str]
) -> dict[str, Any]:
    """Return the facts that are known to the person who takes the contact, so that they are asked only once.

    `told` holds the names of details that the caller has told. The caller has their values, so only names are given.
    """
    intents = dict.fromkeys([*(goal.intent for goal in verdict.goals), *(goal.intent for goal in agenda.active)])
    known = [{"field": "goal", "value": intent} for intent in intents]
    known += [{"field": "channel", "value": channel}] if channel is not None else []
    known += [{"field": "tried", "value": each} for each in tried]
    must_not_ask = sorted({item["field"] for item in known}.union(told))
    known += [{"field": "attributes", "value": name} for name in told]
    return {"already_known": known, "must_not_ask": must_not_ask}


def outcome(told: Outcome, decision: Decision, agenda: Agenda) -> dict[str, Any]:
    """Return the outcome as reported, and the goals that are still wanted."""
    held = agenda.find(decision.goal) if decision.goal is not None else None
    return {
        "decision_id": told.decision_id,
        "result": told.result,
        "reported_by": told.reported_by,
        "transfers": told.transfers,
        "customer_effort_score": told.customer_effort_score,
        "actual_intent": told.actual_intent,
        "reported_at": told.reported_at.isoformat(),
        "goal": decision.goal,
        "state": None if held is None else held.state,
        "still_wanted": [goal.intent for goal in agenda.active],
    }


def text(kept: KeptText | None) -> dict[str, str] | None:
    """Return the kept text of a decision, and the time until which the text is kept."""
    return None if kept is None else {"redacted": kept.redacted, "until": kept.until.isoformat()}


def contact(
    ledger: Ledger,
    decision_ids: Collection[str],
    effort: Effort,
    texts: Mapping[str, KeptText],
    *,
    promises: Sequence[HeldPromise],
    now: datetime,
) -> dict[str, Any]:
    """Return everything that is stored about a contact. Of a contact detail it is only told that there is one."""
    return {
        "turns": ledger.turns,
        "asked": ledger.asked,
        "goals": [{"intent": goal.intent, "state": goal.state} for goal in ledger.agenda.goals],
        "decisions": list(decision_ids),
        "texts": [
            {"decision_id": each, "redacted": texts[each].redacted, "until": texts[each].until.isoformat()}
            for each in decision_ids
            if each in texts
        ],
        "promises": [
            {
                "id": promise.promise_id,
                "kind": promise.kind,
                "goal": promise.goal,
                "state": promise.state_at(now),
                "due_at": promise.due_at.isoformat(),
                "has_detail": promise.has_detail,
            }
            for promise in promises
        ],
        "effort": {
            "transfers": effort.transfers,
            "repeats": effort.repeats,
            "re_asks": effort.re_asks,
            "identity_prompts": effort.identity_prompts,
            "clarifying_turns": effort.clarifying_turns,
            "waiting_seconds": effort.waiting_seconds,
        },
        "held_until": None if ledger.expires_at is None else ledger.expires_at.isoformat(),
    }
