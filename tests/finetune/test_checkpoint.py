"""A fine-tuning on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from service.errors import BundleError
from service.learn.finetuning.checkpoint import find_checkpoint, save_checkpoint


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    """Bit for bit, and nothing lies beside it."""
    path = tmp_path / "run" / "checkpoint.safetensors"
    tensors = {"now:a": torch.randn(3, 4), "first:a": torch.randn(4, 3).T}

    save_checkpoint(path, tensors, {"losses": [[25, 0.5]]})
    found, record = find_checkpoint(path)

    assert record == {"losses": [[25, 0.5]]}
    assert {name: tensor.equal(found[name]) for name, tensor in tensors.items()} == {"now:a": True, "first:a": True}
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_without_a_checkpoint_there_is_none(tmp_path: Path) -> None:
    """Which is how a run begins."""
    assert find_checkpoint(tmp_path / "checkpoint.safetensors") is None


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    """Whole, and without a draft beside it."""
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, {"now:a": torch.ones(2)}, {"losses": []})
    twice = torch.zeros(2)

    with pytest.raises(RuntimeError, match="share memory"):
        save_checkpoint(path, {"now:a": twice, "now:b": twice}, {"losses": []})

    assert find_checkpoint(path)[0]["now:a"].equal(torch.ones(2))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["cut off", "no record", "something else"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: str) -> None:
    """With what to do about it."""
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, {"now:a": torch.ones(100)}, {"losses": []})
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut off": whole[:-50],
            "no record": whole.replace(b'"record"', b'"rec0rd"'),
            "something else": b"not weights at all",
        }[damage]
    )

    with pytest.raises(BundleError, match=r"checkpoint\.safetensors is damaged .* Remove it"):
        find_checkpoint(path)
