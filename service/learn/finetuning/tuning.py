"""Run the steps of a fine-tuning: forward, backward, and at intervals a check on held-out rows with a checkpoint.

All random draws of a step depend on the seed and the step's number only. So an interrupted run goes on exactly as
an uninterrupted run would, and a checkpoint needs no state of a generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from service.learn.finetuning.checkpoint import find_checkpoint, save_checkpoint
from service.learn.finetuning.contrast import batch_of, contrastive_loss, cosine_scores
from service.learn.finetuning.recipe import Recipe
from service.learn.finetuning.torch_encoder import Tensor, TorchEncoder
from service.understand.executor import usable_cores

Integers = NDArray[np.int64]

HEAD = "head"
"""Name of the label directions among the weights. The name is free, because weight names of encoders contain a dot."""
LARGEST_GRADIENT = 1.0
BATCH = 64
MOST_LOOKED_AT = 1_000
"""Most held-out rows that a check reads, spread evenly over all of them, so that checking costs less than learning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Rows in scope: rows to learn from, and rows that say when to stop. Labels are positions, from 0."""

    token_ids: Sequence[Sequence[int]]
    labels: Integers
    tune: Integers
    stop: Integers

    @property
    def rows_by_label(self) -> list[Integers]:
        """Rows to learn from, for each label."""
        own = self.labels[self.tune]
        return [self.tune[own == label] for label in range(int(self.labels.max()) + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningState:
    """Progress of a fine-tuning."""

    losses: tuple[tuple[int, float], ...] = ()
    """Steps made at each check, and the loss on held-out rows."""

    @property
    def step(self) -> int:
        """Steps made."""
        return self.losses[-1][0] if self.losses else 0

    @property
    def best_step(self) -> int:
        """Steps after which the loss on held-out rows was least."""
        return min(self.losses, key=lambda check: check[1])[0] if self.losses else 0

    def is_over(self, recipe: Recipe) -> bool:
        """Whether all steps are made, or the last checks brought no gain."""
        return self.step >= recipe.steps or self.step - self.best_step >= recipe.patience * recipe.check_every


def tune(
    encoder: TorchEncoder,
    lesson: Lesson,
    recipe: Recipe,
    *,
    seed: int,
    checkpoint: Path,
    progress: Callable[[float], None],
) -> TuningState:
    """Fine-tune the encoder in place. The encoder ends with the weights that did best on held-out rows.

    Goes on from the checkpoint if there is one. On one machine, the same rows and seed give the same weights.
    """
    with _repeatable() as device:
        tuner = _Tuner(encoder, lesson, recipe, seed=seed, device=device)
        found = find_checkpoint(checkpoint)
        standing = TuningState() if found is None else tuner.restore(*found)
        while not standing.is_over(recipe):
            ends = min(standing.step + recipe.check_every, recipe.steps)
            for step in range(standing.step, ends):
                tuner.make(step)
                progress((step + 1) / recipe.steps)
            standing = TuningState(losses=(*standing.losses, (ends, tuner.held_out_loss())))
            if standing.best_step == ends:
                tuner.remember()
            over = standing.is_over(recipe)
            save_checkpoint(checkpoint, tuner.best_tensors() if over else tuner.tensors(), asdict(standing))
        tuner.take_best()
        progress(1.0)
    return standing


class _Tuner:
    """Weights, the optimiser's moments, and the best weights so far."""

    def __init__(
        self, encoder: TorchEncoder, lesson: Lesson, recipe: Recipe, *, seed: int, device: torch.device
    ) -> None:
        self._encoder, self._lesson, self._recipe, self._seed = encoder, lesson, recipe, seed
        self._rows_by_label = lesson.rows_by_label
        encoder.model.to(device)
        generator = torch.Generator().manual_seed(seed)
        width = encoder.model.config.hidden_size
        head = torch.randn(len(self._rows_by_label), width, generator=generator).to(device).requires_grad_()
        encoder_weights = dict(encoder.model.named_parameters())
        self._weights: dict[str, Tensor] = {**encoder_weights, HEAD: head}
        self._optimiser = torch.optim.AdamW(
            [
                {"params": list(encoder_weights.values()), "rate": recipe.encoder_rate},
                {"params": [head], "rate": recipe.head_rate},
            ],
            weight_decay=recipe.weight_decay,
        )
        self._best: dict[str, Tensor] = {}

    def make(self, step: int) -> None:
        """Make one step of AdamW (Loshchilov and Hutter, ICLR 2019)."""
        recipe = self._recipe
        rows, own = batch_of(self._rows_by_label, recipe.intents_of_a_batch, seed=self._seed, step=step)
        torch.manual_seed(int(np.random.SeedSequence([self._seed, step]).generate_state(1)[0]))  # for dropout
        self._encoder.model.train()
        embeddings = self._encoder.embed([self._lesson.token_ids[row] for row in rows])
        labels = torch.from_numpy(own).to(embeddings.device)
        scores = cosine_scores(embeddings, self._weights[HEAD], recipe.scale)
        loss = contrastive_loss(embeddings, labels, recipe.temperature) + torch.nn.functional.cross_entropy(
            scores, labels, label_smoothing=recipe.label_smoothing
        )
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * recipe.rate_share(step)
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._weights.values(), LARGEST_GRADIENT)
        self._optimiser.step()

    def held_out_loss(self) -> float:
        """Return the mean cross-entropy of the cosine head on the rows that say when to stop."""
        self._encoder.model.eval()
        lesson = self._lesson
        stride = -(-len(lesson.stop) // MOST_LOOKED_AT)
        rows = sorted(lesson.stop[::stride].tolist(), key=lambda row: len(lesson.token_ids[row]))
        total = 0.0
        with torch.no_grad():
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                embeddings = self._encoder.embed([lesson.token_ids[row] for row in batch])
                scores = cosine_scores(embeddings, self._weights[HEAD], self._recipe.scale)
                labels = torch.from_numpy(lesson.labels[batch]).to(scores.device)
                total += float(torch.nn.functional.cross_entropy(scores, labels, reduction="sum"))
        return total / len(rows)

    def remember(self) -> None:
        """Store the current weights as the best."""
        self._best = {name: weight.detach().cpu().clone() for name, weight in self._weights.items()}

    def take_best(self) -> None:
        """Put the best weights in place."""
        _copy(self._best, self._weights)

    def best_tensors(self) -> dict[str, Tensor]:
        """Return the tensors that a finished fine-tuning leaves in its checkpoint."""
        return {f"best:{name}": tensor for name, tensor in self._best.items()}

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors that a later run needs to go on."""
        state = self._optimiser.state
        found = dict(self.best_tensors())
        for name, weight in self._weights.items():
            found[f"now:{name}"] = weight
            if weight in state:  # from its first step on
                found[f"first:{name}"] = state[weight]["exp_avg"]
                found[f"second:{name}"] = state[weight]["exp_avg_sq"]
        return found

    def restore(self, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> TuningState:
        """Restore weights and moments from a checkpoint."""
        standing = TuningState(losses=tuple((int(step), float(loss)) for step, loss in record["losses"]))
        parts: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            part, _, weight = name.partition(":")
            parts.setdefault(part, {})[weight] = tensor
        self._best = parts["best"]
        if "now" in parts:
            _copy(parts["now"], self._weights)
            for name, moment in parts["first"].items():
                weight = self._weights[name]
                self._optimiser.state[weight] = {
                    "step": torch.tensor(float(standing.step)),
                    "exp_avg": moment.to(weight.device),
                    "exp_avg_sq": parts["second"][name].to(weight.device),
                }
        return standing


def _copy(tensors: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(tensors[name])


@contextmanager
def _repeatable() -> Iterator[Any]:
    """Yield the device to train on, set to give the same sums in every run as far as possible."""
    was, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_num_threads(usable_cores())
    try:
        yield torch.device("cuda" if torch.cuda.is_available() else "cpu")
    finally:
        torch.use_deterministic_algorithms(was)
        torch.set_num_threads(threads)
