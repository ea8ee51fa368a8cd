"""The JSON shapes of answers: plain dictionaries, built and serialised once. `api.schema` describes them to callers."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any

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
from service.domain.understanding import NO_GOAL_YET, Channel, Prediction, Understanding, Verdict, Why
from service.pipeline.incoming import IncomingContact


def advice(
    understanding: Understanding,
    question: Clarification | None,
    contact: IncomingContact,
    catalogue: Catalogue,
    bundle: str,
) -> dict[str, Any]:
    """Return the answer of `/intent`."""
    verdict = understanding.verdict
    return {
        "status": verdict.status,
        "goals": goals(verdict, explain=contact.explain),
        "candidates": candidates(understanding.prediction, contact.top_k),
        "clarify": clarify(question),
        "next": next_step(verdict, catalogue),
        "content_policy": content_policy([goal.intent for goal in verdict.goals]),
        "bundle": bundle,
        "catalogue": catalogue.version,
        "degraded": understanding.prediction.cut_short,
    }


def content_policy(goals: Collection[str]) -> dict[str, str]:
    """Return the kinds of content that a contact with these goals may be told."""
    return {"relationship": relationship(goals)}


def content(judgement: Judgement, goals: Collection[str]) -> dict[str, Any]:
    """Return the purpose of a text, and whether a contact with these goals may be told the text."""
    return {
        "kind": judgement.kind,
        "confidence": round(judgement.confidence, 4),
        "allowed": is_allowed(judgement, goals),
        "clauses": [
            {"start": c.start, "end": c.end, "kind": c.kind, "confidence": round(c.confidence, 4)}
            for c in judgement.clauses
        ],
        "content_policy": content_policy(goals),
    }


def goals(verdict: Verdict, *, explain: bool = False) -> list[dict[str, Any]]:
    """Return accepted goals, most urgent first. Each goal gives its reasons only if `explain` is set."""
    found: list[dict[str, Any]] = [
        {
            "intent": goal.intent,
            "title": goal.title,
            "confidence": round(goal.confidence, 4),
            "urgent": goal.urgent,
            "evidence": [{"turn": e.turn, "start": e.start, "end": e.end} for e in goal.evidence],
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


def candidates(prediction: Prediction, top_k: int) -> list[dict[str, Any]]:
    """Return the likeliest intents. `no_goal_yet` is left out, because it is a status."""
    intents = [candidate for candidate in prediction.candidates if candidate.intent != NO_GOAL_YET]
    return [{"intent": c.intent, "confidence": round(c.confidence, 4)} for c in intents[:top_k]]


def clarify(question: Clarification | None) -> dict[str, Any] | None:
    """Return the question to the customer, with its options."""
    if question is None:
        return None
    options = [{"intent": option.intent, "title": option.title} for option in question.options]
    return {"question": question.question, "options": options}


def destination(rung: Rung, urgency: Urgency | None) -> dict[str, Any]:
    """Return the destination of the contact, its priority, and the sentence for the customer."""
    shape: dict[str, Any] = {"kind": rung.kind, "name": rung.name}
    match rung.kind:
        case "queue":
            shape |= {"priority": rung.priority, "max_wait_seconds": rung.max_wait_seconds}
        case "self_service":
            shape |= {"url": rung.url}
        case "callback" | "email":
            shape |= {"within": rung.within}
        case _:
            pass
    priority = {} if urgency is None else {"priority": urgency.priority}
    return {**shape, **priority, "say": rung.say}


def reroute(decision_id: str, cause: RerouteCause, placement: Placement) -> dict[str, Any]:
    """Return the facts that only the answer to a reroute has."""
    return {"reroute_of": decision_id, "cause": cause, "exhausted": placement.exhausted}


def next_step(verdict: Verdict, catalogue: Catalogue) -> dict[str, Any] | None:
    """Return the path of the first goal, with its first page, for a website to send its visitor to."""
    if not verdict.goals:
        return None
    intent = verdict.goals[0].intent
    path = catalogue.path_of(intent)
    url = next((rung.url for rung in path.rungs if rung.kind == "self_service"), None)
    return {"path": path.name, "label": path.label or catalogue.intents[intent].title, "url": url}


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
    ledger: Ledger, decision_ids: Collection[str], effort: Effort, texts: Mapping[str, KeptText]
) -> dict[str, Any]:
    """Return everything that is stored about a contact."""
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
