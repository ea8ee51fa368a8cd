"""The JSON shapes of answers: plain dictionaries, built and serialised once. `api.schema` describes them to callers."""

from __future__ import annotations

from typing import Any

from service.catalogue.schema import Catalogue, Rung
from service.decide.clarify import Clarification
from service.decide.ladder import Placement
from service.decide.policy import Verdict
from service.domain import NO_GOAL_YET, Why
from service.understand.classifier import Prediction

CONTENT_POLICY = {"relationship": "deny"}


def goals(verdict: Verdict, *, explain: bool = False) -> list[dict[str, Any]]:
    """Accepted goals, most urgent first; each says why only where that was asked for."""
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
    """Examples as the catalogue has them, words by their places."""
    return {
        "examples": [{"text": e.text, "similarity": round(e.similarity, 2)} for e in found.examples],
        "words": [{"turn": w.turn, "start": w.start, "end": w.end, "weight": round(w.weight, 2)} for w in found.words],
    }


def candidates(prediction: Prediction, top_k: int) -> list[dict[str, Any]]:
    """The likeliest intents; `no_goal_yet` is a status, not one of them."""
    intents = [candidate for candidate in prediction.candidates if candidate.intent != NO_GOAL_YET]
    return [{"intent": c.intent, "confidence": round(c.confidence, 4)} for c in intents[:top_k]]


def clarify(question: Clarification | None) -> dict[str, Any] | None:
    """The one question, with its options."""
    if question is None:
        return None
    options = [{"intent": option.intent, "title": option.title} for option in question.options]
    return {"question": question.question, "options": options}


def destination(rung: Rung) -> dict[str, Any]:
    """Where the contact goes now, and what is said to the customer."""
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
    return {**shape, "say": rung.say}


def next_step(verdict: Verdict, catalogue: Catalogue) -> dict[str, Any] | None:
    """Where a website would send its visitor: the path of the first goal, with its first page."""
    if not verdict.goals:
        return None
    intent = verdict.goals[0].intent
    path = catalogue.path_of(intent)
    url = next((rung.url for rung in path.rungs if rung.kind == "self_service"), None)
    return {"path": path.name, "label": path.label or catalogue.intents[intent].title, "url": url}


def needs(placement: Placement) -> list[dict[str, str]]:
    """What the rung must ask the customer for, and why."""
    return [{"field": need.field, "why": need.why} for need in placement.rung.needs]


def handover(verdict: Verdict) -> dict[str, Any]:
    """What whoever takes the contact knows already, and therefore must not ask again."""
    known = [{"field": "goal", "value": goal.intent} for goal in verdict.goals]
    return {"already_known": known, "must_not_ask": sorted({item["field"] for item in known})}
