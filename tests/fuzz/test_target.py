"""A little of what `make fuzz` does by the million, so that nothing that it needs goes missing meanwhile."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.mutation import LONGEST, changed, inputs
from tests.fuzz.target import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_has_to_hold_holds(target: Target) -> None:
    """For what they begin with, and for a few inputs that are made of it."""
    for content in inputs(target.corpus, Random(7), len(target.corpus) + 60):
        target.run(content)


def test_the_same_seed_makes_the_same_inputs() -> None:
    """So that what was found can be looked at again; and none is the same as before, or too long."""
    corpus = [b"where is my order", b'{"text": "hello"}']
    once, again = ([changed(corpus[0], corpus, random) for _ in range(200)] for random in (Random(1), Random(1)))

    assert once == again
    assert len(set(once)) > 150
    assert max(map(len, once)) <= LONGEST


def test_targets_share_all_executions() -> None:
    """None is forgotten, and together they make a whole."""
    assert sum(target.share for target in TARGETS) == pytest.approx(1.0)
