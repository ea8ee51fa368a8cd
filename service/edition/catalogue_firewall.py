"""Judges each sentence of the catalogue with the firewall, once for each bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from service.catalogue.customer_text import Saying
from service.catalogue.loader import CatalogueReport
from service.decide.firewall import is_for_all
from service.understand.firewall.refusal import Refusal

Judge = Callable[[str], Refusal | None]
"""Returns the reason for refusing a text that promotes, flatters or pleads, or `None`."""
MARK = "vetted"
"""File that remembers a catalogue without promotion, and the bundle that judged it."""


def vetted(report: CatalogueReport, judge: Judge) -> CatalogueReport:
    """Return the report with an error for each sentence that promotes to customers without a request for offers."""
    promotion_in = cache(judge)
    found = [(saying, promotion_in(saying.text)) for saying in judged(report)]
    return report.with_errors(saying.promotes(*refusal) for saying, refusal in found if refusal is not None)


def require_vetted(
    report: CatalogueReport, *, bundle: str, open_judge: Callable[[], Judge], folder: Path, also_in: Path | None = None
) -> None:
    """Raise CatalogueError if a sentence of the catalogue promotes. The error lists all such sentences.

    A bundle judges the same sentences once: `folder` remembers that they passed. `also_in` may remember it as well.
    """
    texts = sorted({saying.text for saying in judged(report)})
    key = hashlib.sha256(json.dumps([bundle, *texts]).encode()).hexdigest()
    if any(_is_marked(each, key) for each in (folder, also_in) if each is not None):
        return
    vetted(report, open_judge()).usable()
    with suppress(OSError):  # if the folder is read-only, the next start judges again
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_bytes(key.encode())


def _is_marked(folder: Path, key: str) -> bool:
    with suppress(OSError):
        return (folder / MARK).read_bytes() == key.encode()
    return False


def judged(report: CatalogueReport) -> list[Saying]:
    """Return the sentences that reach customers without a request for offers."""
    return [saying for saying in report.sayings if is_for_all(saying.intents, report.offer_goals)]
