"""A contact as it comes in: what the caller told, with raw text and raw identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.domain.understanding import Channel, Speaker

KEPT_SHARE, KEPT_SECONDS = 0.25, 0.1
"""Of the time in which an answer is due, for its commit: this share, and never more than so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingContact:
    """A contact at the door: what the caller of the service told, with raw text and raw identifiers."""

    turns: tuple[RawTurn, ...]
    top_k: int = 3
    seconds_left: float | None = None
    """To understand it in; what is not understood by then is decided by the words alone."""
    due_seconds: float | None = None
    """In which the answer has to be there, if the caller has said so."""
    explain: bool = False
    """Whether each goal is to say why."""
    choice: str | None = None
    """The option that the customer chose instead of saying anything."""
    contact_id: str | None = None
    turn: int | None = None
    """Number of the turn within its contact, from 1; `None` is the next."""
    channel: Channel | None = None
    entry_point: str | None = None
    repeat_ref: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What the caller knows; a rung is sent what it names in its needs, and nothing else is kept."""
    dispatch: bool = True
    """Whether calls are made for the contact; else it is only said which one would be."""
    idempotency_key: str | None = None
    body: bytes = b""
    """The request as it came, to tell a repeated one from another under the same key."""

    def leaving_time_to_commit(self) -> IncomingContact:
        """With less time to understand it in, where the answer is due."""
        if self.due_seconds is None:
            return self
        return replace(self, seconds_left=self.due_seconds - min(KEPT_SHARE * self.due_seconds, KEPT_SECONDS))

    def __repr__(self) -> str:
        return f"IncomingContact({len(self.turns)} turns)"

    @property
    def newest(self) -> int:
        """Place of the customer's newest turn that says anything."""
        own = [n for n, each in enumerate(self.turns) if each.speaker is Speaker.CUSTOMER and each.raw_text.strip()]
        return own[-1] if own else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTurn:
    """A turn as it came in. Lives in this module and above it only."""

    speaker: Speaker
    raw_text: str = field(repr=False)
