"""Whether one encoder is better than another, beyond noise."""

from __future__ import annotations

import numpy as np
import pytest

from service.learn.feature import Texts
from service.learn.finetuning.comparison import Comparison, judge
from service.learn.finetuning.split import Split, split_rows
from service.learn.heads import OUT_OF_SCOPE

LABELS = np.append(np.arange(160) % 4, np.full(20, OUT_OF_SCOPE))
SPLIT = split_rows(LABELS, 0)
JUDGES = SPLIT.judge[LABELS[SPLIT.judge] != OUT_OF_SCOPE]
NONE = np.zeros(0, np.int64)


def texts(wrong: np.ndarray = NONE) -> Texts:
    """Words that tell nothing, and embeddings that tell the label; those of some rows tell another one."""
    embeddings = np.random.default_rng(0).normal(scale=0.05, size=(len(LABELS), 8)).astype(np.float32)
    told = np.where(LABELS == OUT_OF_SCOPE, 4, LABELS)
    told[wrong] = (told[wrong] + 1) % 4
    embeddings[np.arange(len(LABELS)), told] += 1.0
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    keys = tuple(np.array([1], np.int64) for _ in LABELS)
    return Texts(keys=keys, static=np.zeros((len(LABELS), 2), np.float32), embeddings=embeddings)


def compare(frozen: Texts, tuned: Texts, split: Split = SPLIT) -> Comparison:
    return judge(frozen, tuned, LABELS, 4, split, vocabulary_size=10, seed=0, level=0.05)


@pytest.mark.parametrize(
    ("frozen_wrong", "tuned_wrong", "chance", "kept", "reason"),
    [
        (0, 0, 1.0, False, "both know everything"),
        (4, 0, 1 / 16, False, "four to nothing may be luck"),
        (5, 0, 1 / 32, True, "five to nothing is not"),
        (6, 1, 8 / 128, False, "six to one may be luck again"),
        (0, 5, 1.0, False, "worse"),
    ],
)
def test_a_lead_beyond_noise_is_kept(
    frozen_wrong: int, tuned_wrong: int, chance: float, kept: bool, reason: str
) -> None:
    """The chance is that of so many heads or more among as many throws as there are rows that differ."""
    verdict = compare(texts(JUDGES[:frozen_wrong]), texts(JUDGES[::-1][:tuned_wrong]))

    assert verdict.rows == len(JUDGES) == 48, "rows out of scope judge nothing"
    assert verdict.frozen_accuracy == verdict.frozen_encoder_accuracy == pytest.approx(1 - frozen_wrong / 48)
    assert verdict.tuned_accuracy == verdict.tuned_encoder_accuracy == pytest.approx(1 - tuned_wrong / 48)
    assert (verdict.only_tuned_right, verdict.only_frozen_right) == (frozen_wrong, tuned_wrong)
    assert verdict.chance == pytest.approx(chance), reason
    assert verdict.kept is kept, reason


@pytest.mark.parametrize(
    ("frozen_wrong", "tuned_wrong", "told"),
    [
        (6, 0, "The fine-tuned encoder is kept: on 48 rows held out, 100.0% are right with the fine-tuned encoder"),
        (2, 0, "The frozen encoder is kept: on 48 rows held out, 100.0% are right with the fine-tuned encoder"),
        (2, 0, "95.8% with the frozen one, a lead that comes by chance 25% of the time (5% is allowed)."),
        (0, 6, "The frozen encoder is kept: on 48 rows held out, 87.5% are right with the fine-tuned encoder"),
    ],
)
def test_the_verdict_says_why(frozen_wrong: int, tuned_wrong: int, told: str) -> None:
    """With both figures, and as plain values."""
    verdict = compare(texts(JUDGES[:frozen_wrong]), texts(JUDGES[:tuned_wrong]))

    assert told in verdict.reason
    assert verdict.as_json()["reason"] == verdict.reason
    assert verdict.as_json()["kept"] is verdict.kept


def test_heads_never_see_the_rows_that_judge() -> None:
    """Embeddings that say nothing but which row it is are worth nothing, however well heads could learn them."""
    told = texts()
    remembered = Texts(keys=told.keys, static=told.static, embeddings=np.eye(len(LABELS), dtype=np.float32))

    verdict = compare(remembered, told)

    assert verdict.frozen_encoder_accuracy < 0.5
    assert verdict.tuned_encoder_accuracy == 1.0
    assert verdict.kept
