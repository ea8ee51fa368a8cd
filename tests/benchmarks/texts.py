"""What is sent: distinct texts of customers, from a file."""

from __future__ import annotations

import json
import random
from pathlib import Path


def read_texts(path: Path) -> list[str]:
    """The distinct texts of a file in a shuffled order that is always the same.

    JSON Lines with a field `text`, or one text a line. Raises ValueError where there is none.
    """
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    texts = list(dict.fromkeys(_text(line) for line in lines if line))
    if not texts:
        raise ValueError(f"{path} holds no text.")
    random.Random(0).shuffle(texts)  # noqa: S311  (an order, not a secret)
    return texts


def _text(line: str) -> str:
    return str(json.loads(line)["text"]) if line.startswith("{") else line
