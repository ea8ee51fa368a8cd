"""A bundle of the starter catalogue for tests, built once by the command that users build theirs with."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from service.catalogue.loader import load_catalogue, starter_folder

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = ("learn", "redact", "understand")
"""Packages of the service whose code decides what is in a bundle."""
LIBRARIES = ("numpy", "onnxruntime", "scikit-learn", "scipy", "tokenizers")
BUILD_SECONDS = 600


def build_starter_bundle(cache: Path, *, encoder: str | None = None) -> Path:
    """The bundle in `cache`, built there unless the same code has built it from the same examples before."""
    bundle = cache / f"{encoder or 'starter'}-{recipe()}"
    if not (bundle / "manifest.json").exists():
        run_train(*(("--encoder", encoder) if encoder else ()), home=cache, out=bundle)
    return bundle


def run_train(*options: str, home: Path, out: Path) -> None:
    """`errand train` in a process of its own, so that what it loads does not stay in the memory of the tests."""
    built = subprocess.run(
        [sys.executable, "-m", "service.cli", "train", "--out", out, "--json", *options],
        cwd=ROOT,
        env={**clean_environment(), "ERRAND_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert built.returncode == 0, built.stderr


def recipe() -> str:
    """The same for the same examples, code and libraries; training is deterministic for them."""
    digest = hashlib.sha256(load_catalogue(starter_folder()).training_fingerprint().encode())
    for package in BUILDERS:
        sources = [path for path in (ROOT / "service" / package).rglob("*") if path.suffix in {".py", ".yaml"}]
        for source in sorted(sources):
            digest.update(source.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()[:16]


def clean_environment() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests."""
    hidden = ("ERRAND_", "PROMETHEUS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
