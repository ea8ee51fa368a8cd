"""`errand train --finetune`, as far as it goes without torch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def test_without_torch_it_says_what_to_install(
    run, examples: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with exit code 2 and no bundle."""
    monkeypatch.setitem(sys.modules, "torch", None)

    ran = run("train", "--examples", examples, "--encoder", encoder, "--out", "mine", "--finetune")

    assert ran.code == 2
    last = ran.err.splitlines()[-1]
    assert last == "errand: Fine-tuning needs torch. Install it from a checkout: make setup-finetune"
    assert not Path("mine").exists()


def test_steps_need_fine_tuning(run, examples: Path) -> None:
    """Whoever forgot the option is told so, and waits for nothing."""
    ran = run("train", "--examples", examples, "--finetune-steps", "50")

    assert ran.code == 2
    assert "--finetune-steps needs --finetune" in ran.err


def test_a_folder_in_the_way_is_found_before_anything_is_tuned(run, examples: Path) -> None:
    """Not after a quarter of an hour."""
    Path("mine").mkdir()
    (Path("mine") / "thesis.txt").touch()

    ran = run("train", "--examples", examples, "--out", "mine", "--finetune")

    assert ran.code == 2
    assert "mine is there already and is no bundle" in ran.err
