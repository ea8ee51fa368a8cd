"""A contact as it comes in: the values that the caller sent, raw text and raw identifiers included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.domain.understanding import Channel, Speaker

KEPT_SHARE, KEPT_SECONDS = 0.25, 0.1
"""Share of a caller's deadline that is kept for the commit, and the upper limit of that share in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTurn:
    """A turn as it came in. Raw turns live in `pipeline.incoming` and `pipeline.reader` only."""

    speaker: Speaker
    raw_text: str = field(repr=False)

    @classmethod
    def of(cls, speaker: Speaker, text: str) -> RawTurn:
        """A turn of a file's row."""
        return cls(speaker=speaker, raw_text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingContact:
    """One request about one contact."""

    turns: tuple[RawTurn, ...]
    top_k: int = 3
    seconds_left: float | None = None
    """Time to understand the contact. Afterwards the lexical head decides alone."""
    due_seconds: float | None = None
    """Time in which the caller needs the answer, if the caller has said so."""
    explain: bool = False
    """Each goal gives its reasons."""
    choice: str | None = None
    """Intent of the option that the customer chose instead of writing."""
    contact_id: str | None = None
    turn: int | None = None
    """Number of the turn within its contact, from 1. `None` is the next turn."""
    channel: Channel | None = None
    entry_point: str | None = None
    repeat_ref: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Details that the caller knows. A rung receives the details named in its needs. All others are dropped."""
    dispatch: bool = True
    """Calls are made for the contact. Otherwise the answer only says which call would be made."""
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    """Headers of a mail, in memory only."""
    asked: tuple[str, ...] = ()
    """Intents that the caller's last question offered."""
    idempotency_key: str | None = None
    body: bytes = b""
    """The request as it came, to tell a repeated request from another request under the same key."""

    def leaving_time_to_commit(self) -> IncomingContact:
        """Return the contact, with less time to understand it if the answer is due."""
        if self.due_seconds is None:
            return self
        return replace(self, seconds_left=self.due_seconds - min(KEPT_SHARE * self.due_seconds, KEPT_SECONDS))

    def __repr__(self) -> str:
        return f"IncomingContact({len(self.turns)} turns)"

    @property
    def agent_said(self) -> str:
        """The agent's words right before the newest customer turn, unredacted. Empty without an agent."""
        before = [each for each in self.turns[: self.newest] if each.speaker is not Speaker.SYSTEM]
        return before[-1].raw_text if before and before[-1].speaker is Speaker.AGENT else ""

    @property
    def newest(self) -> int:
        """Position of the newest customer turn that has any text."""
        own = [n for n, each in enumerate(self.turns) if each.speaker is Speaker.CUSTOMER and each.raw_text.strip()]
        return own[-1] if own else 0
