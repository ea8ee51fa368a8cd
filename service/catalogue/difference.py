"""Changes for customers and designers if one catalogue replaces another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from service.catalogue.schema import Catalogue

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Names of entries, in order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    intents: Changes
    paths: Changes
    entry_points: Changes
    details: Changes
    policy: bool
    """True if the policy or the boundaries differ."""


def difference(before: Catalogue | None, after: Catalogue) -> Difference:
    """Compare two catalogues. Without an earlier catalogue every entry counts as added."""
    same_rules = before is not None and (before.policy, before.boundaries) == (after.policy, after.boundaries)
    return Difference(
        intents=_changes({} if before is None else before.intents, after.intents),
        paths=_changes({} if before is None else before.paths, after.paths),
        entry_points=_changes({} if before is None else before.entry_points, after.entry_points),
        details=_changes({} if before is None else before.details, after.details),
        policy=not same_rules,
    )


def _changes(before: Mapping[str, M], after: Mapping[str, M]) -> Changes:
    both = before.keys() & after.keys()
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in both if before[name] != after[name])),
    )
