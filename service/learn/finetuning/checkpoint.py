"""Store a fine-tuning on disk in one safetensors file.

The file is replaced as a whole, so that a killed run goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from service.errors import BundleError

Tensor = Any
RECORD = "record"


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Replace the last checkpoint. A process killed meanwhile leaves the old or the new checkpoint, complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(whole, draft, metadata={RECORD: json.dumps(record)})
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def find_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Return tensors and record of the last checkpoint, or `None` if it is missing.

    Raises BundleError if the checkpoint is damaged.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()[RECORD])  # noqa: SIM118  (no dictionary)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path} is damaged ({type(error).__name__}). Remove it; fine-tuning begins anew.") from error
