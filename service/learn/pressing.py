"""Choose the thresholds of urgent intents and of the wish for a person, each with its guarantee and its cost."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from service.domain.understanding import Thresholds
from service.learn.served import ServedRows
from service.understand.intents import IntentTable

CONFIDENCE_OF_PROMISE = 0.9
"""Certainty of every guarantee."""
PRESSING_STEPS = tuple(round(0.05 + 0.025 * step, 3) for step in range(37))
"""Thresholds of pressing intents that are tested, from the lowest up."""

MOST_FALSE_ALARMS = 0.01
"""Share of other rows that may be taken for urgent. The rows hold many that were written to be mistaken."""

UNPROVEN = 0.8
"""Threshold of pressing intents without any rows."""

NEVER = 2.0
"""A threshold that no share reaches."""


def pressing_thresholds(
    rows: ServedRows, table: IntentTable, scope: float, budget: float
) -> tuple[Thresholds, dict[str, dict[str, object]]]:
    """Thresholds of urgent intents and of the wish for a person, with the guarantee and the cost of each."""
    urgent, urgent_told = _pressing_threshold(rows, table.urgent, budget)
    person, person_told = _pressing_threshold(rows, frozenset({table.person} if table.person else ()), budget)
    thresholds = Thresholds(accept=1.0, scope=scope, ambiguous=0.1, urgent=urgent, person=person)
    return thresholds, {"urgent": urgent_told, "person": person_told}


def _pressing_threshold(rows: ServedRows, intents: frozenset[str], budget: float) -> tuple[float, dict[str, object]]:
    """The highest threshold proven to miss at most the budget, or the lowest one with few false alarms.

    The guarantee is tested from the lowest threshold up, as for misroutes (Angelopoulos et al., 2021).
    """
    own, other = rows.pressing(intents)
    wanted = np.array([truth in intents for truth in rows.truths], np.bool_)
    count, level = int(wanted.sum()), 1.0 - CONFIDENCE_OF_PROMISE
    if not count:
        return UNPROVEN, {"guaranteed": False, "reason": "no rows of such intents"}
    best = np.maximum(own, other)  # another urgent intent gets to a desk as well
    proven = None
    for threshold in PRESSING_STEPS:
        if binom.cdf(int((best[wanted] < threshold).sum()), count, budget) > level:
            break
        proven = threshold
    quiet = next((each for each in PRESSING_STEPS if share_of(other[~wanted] >= each) <= MOST_FALSE_ALARMS), NEVER)
    # A desk that is flooded with false alarms helps nobody in danger, so the cost has the last word.
    threshold = quiet if proven is None else max(proven, quiet)
    is_guaranteed = proven is not None and threshold <= proven
    told: dict[str, object] = {
        "miss_budget": budget,
        "guaranteed": is_guaranteed,
        "threshold": threshold,
        "rows": count,
        "missed": share_of(best[wanted] < threshold),
        "false_alarms": share_of(other[~wanted] >= threshold),
    }
    if not is_guaranteed:
        lacking = max(0, math.ceil(math.log(level) / math.log(1.0 - budget)) - count)
        told["reason"] = (
            f"{lacking} rows are missing"
            if lacking
            else "the threshold that misses so few costs more false alarms than allowed"
        )
    return threshold, told


def share_of(flags: NDArray[np.bool_]) -> float:
    """The share of rows that are flagged, or 0 without rows."""
    return float(flags.mean()) if len(flags) else 0.0
