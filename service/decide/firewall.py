"""The rule of the firewall: a contact is told of offers only if the customer asked for offers.

The rule is fixed. Settings and catalogues leave the rule as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from service.domain.content import ContentKind, Judgement

RELATIONSHIP_GOALS: Final = frozenset({"ask_offers", "join_newsletter"})
"""Goals of customers that came to hear about offers."""


class Relationship(StrEnum):
    """Permission to tell a contact something that promotes, flatters or pleads."""

    ALLOW = "allow"
    DENY = "deny"


def relationship(goals: Collection[str]) -> Relationship:
    """Return the permission that follows from the goals accepted for this contact, now."""
    return Relationship.DENY if RELATIONSHIP_GOALS.isdisjoint(goals) else Relationship.ALLOW


def is_allowed(judgement: Judgement, goals: Collection[str]) -> bool:
    """Return whether a text may be said to a contact with these goals."""
    return judgement.kind is not ContentKind.RELATIONSHIP or relationship(goals) is Relationship.ALLOW


def is_for_all(intents: Collection[str]) -> bool:
    """Return whether a text for contacts with any of these intents also reaches customers that did not ask for offers.

    Empty `intents` stand for all contacts.
    """
    return not RELATIONSHIP_GOALS.issuperset(intents) or not intents
