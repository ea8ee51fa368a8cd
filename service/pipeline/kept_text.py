"""What is kept of what a customer wrote, where a catalogue lets anything be: redacted twice, cut, for a while."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from service.catalogue.schema import Catalogue
from service.decide.text_retention import may_keep
from service.domain.kept_text import KeptText
from service.domain.ledger import LedgerChange
from service.pipeline.reader import Understanding
from service.redact.chain import Redactor

MOST_KEPT: Final = 2_000
"""Characters: enough to see what somebody came for."""
CUT: Final = " …"


class TextKeeper:
    """One for a catalogue. The second redactor is the stricter one: what is kept is read by others."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._redactor = Redactor("paranoid")

    async def find_kept(
        self, understanding: Understanding, change: LedgerChange | None, at: datetime
    ) -> KeptText | None:
        """`None` unless everything permits it that the text may be about; `change` is what it does to its contact.

        While it cannot be known what the contact wants, nothing is kept of it.
        """
        if change is not None and not change.before.is_known:
            return None
        agendas = () if change is None else (change.before.agenda, change.after.agenda)
        if not may_keep(understanding.verdict, understanding.prediction.candidates, agendas, self._catalogue):
            return None
        redacted = await asyncio.to_thread(to_be_kept, understanding.utterance, self._redactor)
        return KeptText(redacted=redacted, until=at + self._catalogue.policy.text_retention_span)


def to_be_kept(utterance: str, redactor: Redactor) -> str:
    """What the redactor leaves of it, cut at a word."""
    redacted = redactor.redact(utterance).utterance.strip()  # before it is cut: half a number would not be found
    if len(redacted) <= MOST_KEPT:
        return redacted
    return redacted[:MOST_KEPT].rsplit(maxsplit=1)[0] + CUT
