"""The numbers of a fine-tuning."""

from __future__ import annotations

import numpy as np
import pytest

from service.learn.finetuning.recipe import Recipe


@pytest.mark.parametrize("steps", [1, 2, 7, 100, 600])
def test_rates_rise_and_fall(steps: int) -> None:
    """In a tenth of the steps up to the whole rate, then down in a straight line, and never to nothing."""
    shares = [Recipe(steps=steps).rate_share(step) for step in range(steps)]

    top = int(np.argmax(shares))
    assert all(0 < share <= 1 for share in shares)
    assert top <= steps / 10
    assert shares[: top + 1] == sorted(shares[: top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)
    assert shares[top] == pytest.approx(1.0)
