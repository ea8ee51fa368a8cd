"""Kept texts, if the catalogue permits them: redacted twice, cut, and kept for a limited time."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from service.catalogue.schema import Catalogue
from service.decide.text_retention import may_keep
from service.domain.kept_text import KeptText
from service.domain.ledger import LedgerChange
from service.domain.understanding import Understanding
from service.redact.chain import Redactor

MOST_KEPT: Final = 2_000
"""Characters of a kept text: enough to see the customer's goal."""
CUT: Final = " …"


class TextKeeper:
    """Keeps texts for one catalogue. The second redactor is stricter, because other people read kept texts."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._redactor = Redactor("paranoid")

    async def find_kept(
        self, understanding: Understanding, change: LedgerChange | None, at: datetime
    ) -> KeptText | None:
        """Return the text to keep, or `None` if an intent that the text may be about forbids keeping.

        `change` is the change to the contact's ledger. If the ledger is unknown, the contact may have any goal, so
        the text is dropped.
        """
        if change is not None and not change.before.is_known:
            return None
        agendas = () if change is None else (change.before.agenda, change.after.agenda)
        if not may_keep(understanding.verdict, understanding.prediction.candidates, agendas, self._catalogue):
            return None
        redacted = await asyncio.to_thread(to_be_kept, understanding.utterance, self._redactor)
        return KeptText(redacted=redacted, until=at + self._catalogue.policy.text_retention_span)


def to_be_kept(utterance: str, redactor: Redactor) -> str:
    """Return the utterance, redacted again and cut at a word."""
    redacted = redactor.redact(utterance).utterance.strip()  # before the cut: half a number would be missed
    if len(redacted) <= MOST_KEPT:
        return redacted
    return redacted[:MOST_KEPT].rsplit(maxsplit=1)[0] + CUT
