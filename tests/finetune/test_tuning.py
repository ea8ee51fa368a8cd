"""The steps of a fine-tuning, without what comes before and after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.learn.dataset import Dataset
from service.learn.finetuning.checkpoint import find_checkpoint
from service.learn.finetuning.recipe import Recipe
from service.learn.finetuning.split import split_rows
from service.learn.finetuning.torch_encoder import TorchEncoder, open_torch_encoder
from service.learn.finetuning.tuning import Lesson, TuningState, tune
from service.learn.heads import label_positions
from service.understand.tokenizer import Tokenizer

RECIPE = Recipe(steps=60, check_every=20, encoder_rate=1e-3, head_rate=1e-2)


@pytest.fixture
def tiny(encoder: Path) -> TorchEncoder:
    return open_torch_encoder(str(encoder))[0]


@pytest.fixture(scope="session")
def lesson(encoder: Path, rows: Dataset) -> Lesson:
    tokenizer = Tokenizer(encoder / "tokenizer.json")
    labels = label_positions(rows)
    split = split_rows(labels, 0)
    token_ids = [tokenizer.token_ids(utterance) for utterance in rows.utterances]
    return Lesson(token_ids=token_ids, labels=labels, tune=split.tune, stop=split.stop)


def run(
    encoder: TorchEncoder, lesson: Lesson, folder: Path, recipe: Recipe = RECIPE
) -> tuple[TuningState, list[float]]:
    """The standing at the end, and the shares of progress told."""
    shares: list[float] = []
    standing = tune(encoder, lesson, recipe, seed=0, checkpoint=folder / "checkpoint", progress=shares.append)
    return standing, shares


def weights(encoder: TorchEncoder) -> dict[str, np.ndarray]:
    return {name: weight.detach().numpy().copy() for name, weight in encoder.model.named_parameters()}


def test_rows_held_out_are_read_better_and_better(tiny: TorchEncoder, lesson: Lesson, tmp_path: Path) -> None:
    """The loss on them falls, and progress is told to the end."""
    standing, shares = run(tiny, lesson, tmp_path)

    losses = [loss for _, loss in standing.losses]
    assert [step for step, _ in standing.losses] == [20, 40, 60]
    assert losses[-1] < losses[0]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_weights_that_did_best_are_kept(tiny: TorchEncoder, encoder: Path, lesson: Lesson, tmp_path: Path) -> None:
    """With rates that ruin the encoder later on, it ends as it was at the best check."""
    ruinous = replace(RECIPE, warm_up=0.9, encoder_rate=0.5, patience=2)

    standing, _ = run(tiny, lesson, tmp_path / "whole", ruinous)

    def interrupt(share: float) -> None:
        if share > standing.best_step / ruinous.steps:
            raise KeyboardInterrupt

    assert 0 < standing.best_step < standing.step
    cut, other = tmp_path / "cut", open_torch_encoder(str(encoder))[0]
    with pytest.raises(KeyboardInterrupt):
        tune(other, lesson, ruinous, seed=0, checkpoint=cut, progress=interrupt)
    then, _ = find_checkpoint(cut)
    assert all((weight == then[f"now:{name}"].numpy()).all() for name, weight in weights(tiny).items())


@pytest.mark.parametrize(
    ("losses", "over", "reason"),
    [
        ((), False, "nothing is done yet"),
        (((10, 2.0), (20, 1.0)), False, "it gains"),
        (((10, 1.0), (20, 1.5)), False, "one look without gain"),
        (((10, 1.0), (20, 1.5), (30, 1.0)), True, "two looks without gain; as good is no gain"),
        (((10, 1.0), (20, 1.5), (30, 0.9)), False, "it gains again"),
        (((10, 3.0), (20, 2.0), (30, 1.0), (40, 0.5)), True, "all steps are made"),
    ],
)
def test_it_stops_when_it_gains_nothing(losses: tuple[tuple[int, float], ...], over: bool, reason: str) -> None:
    """Early, so that it does not learn the rows by heart."""
    recipe = Recipe(steps=40, check_every=10, patience=2)

    assert TuningState(losses=losses).is_over(recipe) is over, reason


def test_the_same_seed_gives_the_same_weights(encoder: Path, lesson: Lesson, tmp_path: Path) -> None:
    """Bit for bit; another seed gives others."""
    found = []
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        opened = open_torch_encoder(str(encoder))[0]
        tune(opened, lesson, RECIPE, seed=seed, checkpoint=tmp_path / name, progress=lambda _: None)
        found.append(weights(opened))

    first, again, other = found
    assert all((first[name] == again[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)


def test_an_error_in_a_step_loses_only_the_steps_since_the_checkpoint(
    encoder: Path, lesson: Lesson, tmp_path: Path
) -> None:
    """Going on gives, bit for bit, what would have come without it."""
    whole = open_torch_encoder(str(encoder))[0]
    expected, _ = run(whole, lesson, tmp_path / "whole")

    def interrupt(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(
            open_torch_encoder(str(encoder))[0],
            lesson,
            RECIPE,
            seed=0,
            checkpoint=tmp_path / "cut" / "checkpoint",
            progress=interrupt,
        )
    resumed = open_torch_encoder(str(encoder))[0]
    standing, shares = run(resumed, lesson, tmp_path / "cut")

    assert shares[0] == pytest.approx(21 / 60), "the first twenty steps are not made again"
    assert standing == expected
    assert all((weight == weights(whole)[name]).all() for name, weight in weights(resumed).items())


def test_what_is_over_is_not_done_again(tiny: TorchEncoder, encoder: Path, lesson: Lesson, tmp_path: Path) -> None:
    """The checkpoint of a run that ended holds its weights, and no more."""
    run(tiny, lesson, tmp_path)
    size = (tmp_path / "checkpoint").stat().st_size

    again = open_torch_encoder(str(encoder))[0]
    _, shares = run(again, lesson, tmp_path)

    assert shares == [1.0]
    assert all((weight == weights(tiny)[name]).all() for name, weight in weights(again).items())
    assert size < 1.5 * (encoder / "model.safetensors").stat().st_size
