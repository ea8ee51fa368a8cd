"""The rule of the firewall: a contact is told of offers only if the customer asked for offers.

The rule is fixed. The catalogue says which goals ask for offers, and a goal of leaving may not be among them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from service.domain.content import ContentKind, Judgement


class Relationship(StrEnum):
    """Permission to tell a contact something that promotes, flatters or pleads."""

    ALLOW = "allow"
    DENY = "deny"


def relationship(goals: Collection[str], offer_goals: frozenset[str]) -> Relationship:
    """Return the permission that follows from the goals accepted for this contact, now.

    `offer_goals` are those of `Catalogue.offer_goals`.
    """
    return Relationship.DENY if offer_goals.isdisjoint(goals) else Relationship.ALLOW


def is_allowed(judgement: Judgement, goals: Collection[str], offer_goals: frozenset[str]) -> bool:
    """Return whether a text may be said to a contact with these goals."""
    return judgement.kind is not ContentKind.RELATIONSHIP or relationship(goals, offer_goals) is Relationship.ALLOW


def is_for_all(intents: Collection[str], offer_goals: frozenset[str]) -> bool:
    """Return whether a text for contacts with any of these intents also reaches customers that did not ask for offers.

    Empty `intents` stand for all contacts.
    """
    return not offer_goals.issuperset(intents) or not intents
