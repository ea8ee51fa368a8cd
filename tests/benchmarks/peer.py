"""Peers: which there are, and which of them can be started here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.catalogue.loader import load_catalogue, starter_folder

FIND = "import importlib.util, sys; print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name) is None])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    title: str
    module: str
    """Of tests.benchmarks.peers."""
    imports: Sequence[str]
    requirements: str

    def command(self, python: str, port: int) -> list[str]:
        """How it is started."""
        return [python, "-m", f"tests.benchmarks.peers.{self.module}", str(port)]

    def missing(self, python: str) -> list[str]:
        """Packages that this interpreter lacks."""
        found = subprocess.run([python, "-c", FIND, *self.imports], capture_output=True, text=True, check=True)
        return found.stdout.split()

    def skipped(self, missing: Sequence[str]) -> str:
        """Why it is left out, and how to have it in."""
        names = ", ".join(missing)
        verb = "is" if len(missing) == 1 else "are"
        how = f"pip install -r tests/benchmarks/peers/{self.requirements}"
        return f"{self.title} skipped: {names} {verb} not installed ({how})"


LITSERVE = Peer(
    title="LitServe, same encoder",
    module="litserve_same_encoder",
    imports=("litserve", "onnxruntime", "tokenizers", "numpy"),
    requirements="litserve.txt",
)
PEERS = (
    LITSERVE,
    Peer(
        title="sentence-transformers",
        module="fastapi_sentence_transformers",
        imports=("sentence_transformers", "sklearn", "fastapi", "uvicorn"),
        requirements="fastapi_sentence_transformers.txt",
    ),
    Peer(
        title="semantic-router",
        module="semantic_router_app",
        imports=("semantic_router", "onnxruntime", "tokenizers", "fastapi", "uvicorn"),
        requirements="semantic_router_app.txt",
    ),
)


def peer_environment(bundle: Path, folder: Path) -> Mapping[str, str]:
    """What peers are told: the bundle, and the rows of the starter catalogue, written into `folder`."""
    rows = folder / "rows.jsonl"
    lines = [
        json.dumps({"text": text, "intent": intent})
        for text, intent in load_catalogue(starter_folder()).training_rows()
    ]
    rows.write_text("\n".join(lines), encoding="utf-8")
    return {"PEER_BUNDLE": str(bundle.resolve()), "PEER_ROWS": str(rows)}
