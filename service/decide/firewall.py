"""The firewall's rule: nobody is told of offers who did not ask for them. No setting and no catalogue changes it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from service.domain.content import ContentKind, Judgement

RELATIONSHIP_GOALS: Final = frozenset({"ask_offers", "manage_newsletter"})
"""Whoever has one of these goals came to hear about offers."""


class Relationship(StrEnum):
    """Whether a contact may be told what promotes, flatters or pleads."""

    ALLOW = "allow"
    DENY = "deny"


def relationship(goals: Collection[str]) -> Relationship:
    """What the goals allow that were accepted for this contact, now."""
    return Relationship.DENY if RELATIONSHIP_GOALS.isdisjoint(goals) else Relationship.ALLOW


def is_allowed(judgement: Judgement, goals: Collection[str]) -> bool:
    """Whether a text may be said to a contact with these goals."""
    return judgement.kind is not ContentKind.RELATIONSHIP or relationship(goals) is Relationship.ALLOW


def is_for_all(intents: Collection[str]) -> bool:
    """Whether a text that is shown to contacts with any one of these intents reaches some who asked for no offers."""
    return not RELATIONSHIP_GOALS.issuperset(intents) or not intents
