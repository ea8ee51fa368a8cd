"""A bundle on disk: a folder of arrays and JSON, named by the hash of its contents, verified before it is opened.

manifest.json      labels, cascade numbers, thresholds, provenance, SHA-256 of each file
encoder.onnx       int8 graph from token ids to a normalised embedding
tokenizer.json     the encoder's tokenizer
lexical_*.npy, encoder_head_*.npy   arrays, no pickle
examples.json, example_vectors.npy  examples by intent, to show the examples that a text is like; may be empty
stance.json, stance_*.npy           head that tells a wish from a refusal; English only
words.json         words of the examples, to correct misspelt words towards
firewall.json, firewall_*.npy       the firewall's classifier of texts to customers, with its threshold
report.json        figures on rows that were held out of training
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import Thresholds
from service.errors import BundleError
from service.understand.calibration import StageCalibration
from service.understand.cascade import Cascade, CascadeSettings
from service.understand.encoder import Encoder, EncoderHead
from service.understand.example import Examples
from service.understand.firewall.content_judge import ContentJudge
from service.understand.firewall.head import FILES as FIREWALL_FILES
from service.understand.firewall.head import load_firewall
from service.understand.lexical import LexicalHead, LexicalWeights
from service.understand.spelling import Speller
from service.understand.stance import StanceHead
from service.understand.tokenizer import Tokenizer

FORMAT = 4
MANIFEST = "manifest.json"
ENCODER = "encoder.onnx"
TOKENIZER = "tokenizer.json"
EXAMPLES = "examples.json"
EXAMPLE_VECTORS = "example_vectors.npy"
WORDS = "words.json"
STANCE = "stance.json"
STANCE_WEIGHTS, STANCE_BIAS, STANCE_APPLIES = "stance_weights.npy", "stance_bias.npy", "stance_applies.npy"
LEXICAL_ARRAYS = ("keys", "rows", "squares", "token_places", "token_rows", "token_importance", "bias")
ENCODER_HEAD_ARRAYS = ("weights", "bias", "centres")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Description of a bundle, as written in the bundle."""

    version: str
    """First 16 hex digits of the SHA-256 over the files' hashes and the numbers below."""
    labels: tuple[str, ...]
    settings: CascadeSettings
    thresholds: Thresholds
    provenance: Mapping[str, Any]
    """Catalogue version, encoder, seed and counts of rows, without texts."""
    files: Mapping[str, str]
    """SHA-256 of each file."""

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as it is written to the file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> Manifest:
        settings = dict(raw["settings"])
        for stage in ("lexical", "mixed", "encoder"):
            settings[stage] = StageCalibration(
                temperature=float(settings[stage]["temperature"]),
                scope_weights=tuple(settings[stage]["scope_weights"]),
                scope_bias=float(settings[stage]["scope_bias"]),
            )
        return cls(
            version=str(raw["version"]),
            labels=tuple(raw["labels"]),
            settings=CascadeSettings(**settings),
            thresholds=Thresholds(**raw["thresholds"]),
            provenance=raw["provenance"],
            files=raw["files"],
        )

    def computed_version(self) -> str:
        """Return the version that follows from the contents."""
        contents = {key: value for key, value in self.as_json().items() if key != "version"}
        return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:16]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_of_another_format(folder: Path) -> bool:
    """Return whether an older or newer version of Errand made the bundle. A damaged bundle is `False`."""
    try:
        raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return False  # `read_manifest` names the damage
    return isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] != FORMAT


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a bundle folder, checked against its own version. `verify` checks the files.

    Raises BundleError, naming the file at fault.
    """
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(f"No bundle at {folder}: {MANIFEST} is missing. Build one with: errand train") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(f"{path} cannot be read ({type(error).__name__}). Build the bundle anew.") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else None
        raise BundleError(f"{path} has format {found!r}; this version reads format {FORMAT}. Build the bundle anew.")
    try:
        manifest = Manifest.of_json(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path} lacks or garbles {error}. Build the bundle anew.") from error
    if manifest.computed_version() != manifest.version:
        raise BundleError(f"{path} was changed after it was built. Build the bundle anew.")
    return manifest


def verify(folder: Path, manifest: Manifest) -> None:
    """Check that every file is present and has its hash. Raises BundleError, naming the file at fault."""
    for name, expected in manifest.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise BundleError(f"Bundle file {path} is missing. Build the bundle anew with: errand train")
        if file_hash(path) != expected:
            raise BundleError(f"Bundle file {path} is damaged (SHA-256 differs). Build the bundle anew.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBundle:
    """The open parts of a bundle, on one encoder."""

    cascade: Cascade
    judge: ContentJudge
    manifest: Manifest
    encoder: Encoder
    tokenizer: Tokenizer


def load_bundle(folder: Path) -> Cascade:
    """Verify a bundle, and return its classifier."""
    return open_bundle(folder).cascade


def open_bundle(folder: Path, *, beside: OpenBundle | None = None) -> OpenBundle:
    """Verify a bundle and open it. Needs numpy, tokenizers and onnxruntime only.

    An encoder or a tokenizer that is equal to that of the open bundle `beside` is shared, which saves its memory.
    """
    manifest = read_manifest(folder)
    verify(folder, manifest)
    for name in (ENCODER, TOKENIZER, EXAMPLES, EXAMPLE_VECTORS, WORDS, *FIREWALL_FILES):
        _require_listed(folder, name, manifest)
    lexical = LexicalWeights(**{name: _array(folder, f"lexical_{name}", manifest) for name in LEXICAL_ARRAYS})
    head = EncoderHead(**{name: _array(folder, f"encoder_head_{name}", manifest) for name in ENCODER_HEAD_ARRAYS})
    encoder = beside.encoder if beside and _have_same(ENCODER, manifest, beside.manifest) else Encoder(folder / ENCODER)
    outputs = len(manifest.labels) + 1
    for name, array in (("lexical_rows", lexical.rows), ("encoder_head_weights", head.weights)):
        if array.shape[-1] != outputs:
            raise BundleError(f"Bundle file {folder / name}.npy does not fit the {len(manifest.labels)} labels.")
    if encoder.dimensions != head.weights.shape[0]:
        raise BundleError(f"Bundle file {folder / ENCODER} does not fit encoder_head_weights.npy.")
    tokenizer = (
        beside.tokenizer
        if beside and _have_same(TOKENIZER, manifest, beside.manifest)
        else Tokenizer(folder / TOKENIZER)
    )
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    cascade = Cascade(
        version=manifest.version,
        labels=manifest.labels,
        thresholds=manifest.thresholds,
        settings=manifest.settings,
        tokenizer=tokenizer,
        lexical_head=LexicalHead(lexical),
        encoder=encoder,
        encoder_head=head,
        examples=_examples(folder, encoder.dimensions),
        speller=Speller(words["counts"]),
        commands=frozenset(words["commands"]),
        stance_head=_stance_head(folder, manifest),
    )
    judge = ContentJudge(load_firewall(folder, tokenizer, encoder))
    return OpenBundle(cascade=cascade, judge=judge, manifest=manifest, encoder=encoder, tokenizer=tokenizer)


def _have_same(file: str, one: Manifest, other: Manifest) -> bool:
    return one.files[file] == other.files[file]


def _stance_head(folder: Path, manifest: Manifest) -> StanceHead | None:
    """Open the stance head, if the bundle has one."""
    if STANCE not in manifest.files:
        return None
    described = json.loads((folder / STANCE).read_text(encoding="utf-8"))
    names = ("stance_weights", "stance_bias", "stance_applies")
    weights, bias, applies = (_array(folder, name, manifest) for name in names)
    return StanceHead(weights=weights, bias=bias, applies=applies, threshold=float(described["threshold"]))


def _examples(folder: Path, dimensions: int) -> Examples:
    """Open the examples. The vectors stay on disk until an explanation needs them."""
    vectors: NDArray[np.float16] = np.load(folder / EXAMPLE_VECTORS, mmap_mode="r", allow_pickle=False)
    try:
        examples = Examples(json.loads((folder / EXAMPLES).read_text(encoding="utf-8")), vectors)
    except ValueError as error:
        raise BundleError(f"Bundle file {folder / EXAMPLES} does not fit {EXAMPLE_VECTORS}.") from error
    if len(vectors) and dimensions % vectors.shape[1]:
        raise BundleError(f"Bundle file {folder / ENCODER} does not fit {EXAMPLE_VECTORS}.")
    return examples


def _array(folder: Path, name: str, manifest: Manifest) -> NDArray[Any]:
    file = f"{name}.npy"
    _require_listed(folder, file, manifest)
    array: NDArray[Any] = np.load(folder / file, allow_pickle=False)
    return array


def _require_listed(folder: Path, file: str, manifest: Manifest) -> None:
    """Raise BundleError for a file that the manifest leaves out, because only listed files were verified."""
    if file not in manifest.files:
        raise BundleError(f"{folder / MANIFEST} does not list {file}. Build the bundle anew.")
