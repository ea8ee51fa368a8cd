"""A bundle on disk: what is written is read again, and whatever is not as it was written is refused by name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.domain.understanding import NO_GOAL_YET, Stance
from service.errors import BundleError
from service.understand.bundle import (
    EXAMPLE_VECTORS,
    EXAMPLES,
    FORMAT,
    MANIFEST,
    WORDS,
    Manifest,
    file_hash,
    load_bundle,
    read_manifest,
    verify,
)
from tests.support.encoders import ROWS

FILES = (
    "encoder.onnx", "tokenizer.json", "report.json", "lexical_keys.npy", "lexical_rows.npy", "lexical_squares.npy",
    "lexical_token_places.npy", "lexical_token_rows.npy", "lexical_token_importance.npy", "lexical_bias.npy",
    "encoder_head_weights.npy", "encoder_head_bias.npy", "encoder_head_centres.npy", "examples.json",
    "example_vectors.npy", "firewall.json", "firewall_axes.npy", "firewall_centre.npy", "firewall_frequency.npy",
    "firewall_keys.npy", "firewall_rows.npy", "firewall_vectors.npy", "firewall_weights.npy", "words.json",
    "stance.json", "stance_weights.npy", "stance_bias.npy", "stance_applies.npy",
)  # fmt: skip
SERVED = tuple(name for name in FILES if name not in {"report.json", "stance.json"})
"""Files without which nothing is served. A bundle of many languages has no stance head."""


def rewrite(folder: Path, **changes: Any) -> None:
    """Change the manifest and give it the version that its contents call for."""
    changed = replace(read_manifest(folder), **changes)
    sealed = replace(changed, version=changed.computed_version())
    (folder / MANIFEST).write_text(json.dumps(sealed.as_json()), encoding="utf-8")


def test_a_bundle_that_was_written_can_be_served(trained_folder: Path) -> None:
    """It predicts the intents that it has learnt, under the version of its manifest."""
    cascade = load_bundle(trained_folder)

    assert cascade.version == read_manifest(trained_folder).version
    assert cascade.labels == ("cancel_booking", "make_booking", NO_GOAL_YET, "track_order")
    assert cascade.predict_now("where is my parcel").candidates[0].intent == "track_order"


def test_a_manifest_is_read_as_it_was_written(trained_folder: Path) -> None:
    """Every number comes back exactly, so that the version does."""
    manifest = read_manifest(trained_folder)

    assert Manifest.of_json(json.loads(json.dumps(manifest.as_json()))) == manifest
    assert manifest.computed_version() == manifest.version
    assert set(manifest.files) == set(FILES)


def test_thresholds_of_urgent_goals_and_of_a_person_are_served(bundle_folder: Path) -> None:
    """They are read with the other thresholds."""
    thresholds = replace(read_manifest(bundle_folder).thresholds, urgent=0.125, person=0.25)
    rewrite(bundle_folder, thresholds=thresholds)

    assert load_bundle(bundle_folder).thresholds == thresholds


def test_words_of_the_examples_correct_misspelt_words(trained_folder: Path) -> None:
    """A bundle holds the words of its examples, and a misspelt text has the ids of the text that was meant."""
    cascade = load_bundle(trained_folder)

    assert cascade.token_ids("where is my pracel") == cascade.token_ids("where is my parcel")
    assert cascade.token_ids("wher is my parsel") == cascade.token_ids("where is my parcel")


def test_single_words_of_a_catalogue_are_commands(bundle_folder: Path) -> None:
    """Another single word is no command, and decides nothing alone."""
    words = json.loads((bundle_folder / WORDS).read_text(encoding="utf-8"))
    (bundle_folder / WORDS).write_text(json.dumps({**words, "commands": ["parcel"]}), encoding="utf-8")
    rewrite(bundle_folder, files={**read_manifest(bundle_folder).files, WORDS: file_hash(bundle_folder / WORDS)})

    cascade = load_bundle(bundle_folder)

    assert [cascade.predict_now(word).is_lone_word for word in ("Parcel!", "booking")] == [False, True]


def test_a_bundle_without_a_stance_head_hears_wishes(bundle_folder: Path) -> None:
    """Bundles of many languages have none, and their other files are enough."""
    kept = {name: digest for name, digest in read_manifest(bundle_folder).files.items() if "stance" not in name}
    for path in bundle_folder.glob("stance*"):
        path.unlink()
    rewrite(bundle_folder, files=kept)

    assert load_bundle(bundle_folder).predict_now("do not track my order").stance is Stance.WANTS


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(bundle_folder: Path, name: str) -> None:
    """One byte is enough."""
    with (bundle_folder / name).open("ab") as file:
        file.write(b"\0")

    with pytest.raises(BundleError, match=rf"{name} is damaged"):
        load_bundle(bundle_folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(bundle_folder: Path, name: str) -> None:
    """Nothing is opened before everything is there."""
    (bundle_folder / name).unlink()

    with pytest.raises(BundleError, match=rf"{name} is missing"):
        load_bundle(bundle_folder)


@pytest.mark.parametrize("name", SERVED)
def test_a_file_that_the_manifest_does_not_list_is_not_opened(bundle_folder: Path, name: str) -> None:
    """What has no hash cannot be verified."""
    files = {listed: digest for listed, digest in read_manifest(bundle_folder).files.items() if listed != name}
    rewrite(bundle_folder, files=files)
    (bundle_folder / name).write_bytes(b"anything")

    with pytest.raises(BundleError, match=name):
        load_bundle(bundle_folder)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "not an object"),
        (b"{}", "no format"),
        (b'{"format": 99}', "a format to come"),
        (b'{"format": 3}', "a format of before, which had no stance"),
        (f'{{"format": "{FORMAT}"}}'.encode(), "a format of another type"),
        (f'{{"format": {FORMAT}}}'.encode(), "nothing but the format"),
        (f'{{"format": {FORMAT}, "version": "v", "labels": 3, "settings": {{}}}}'.encode(), "labels that are none"),
    ],
)
def test_an_unreadable_manifest_is_named(bundle_folder: Path, contents: bytes, reason: str) -> None:
    """The refusal says which file it is about and to build the bundle anew."""
    (bundle_folder / MANIFEST).write_bytes(contents)

    with pytest.raises(BundleError) as refusal:
        load_bundle(bundle_folder)

    assert MANIFEST in str(refusal.value), reason
    assert "Build the bundle anew" in str(refusal.value), reason


@pytest.mark.parametrize("key", ["version", "labels", "settings", "thresholds", "provenance", "files"])
@pytest.mark.parametrize("garbled", [True, False], ids=["garbled", "absent"])
def test_a_manifest_without_one_of_its_parts_is_refused(bundle_folder: Path, key: str, *, garbled: bool) -> None:
    """Parts that are missing or of another kind are no part of a bundle."""
    raw = json.loads((bundle_folder / MANIFEST).read_text(encoding="utf-8"))
    if garbled:
        raw[key] = None
    else:
        del raw[key]
    (bundle_folder / MANIFEST).write_text(json.dumps(raw), encoding="utf-8")

    with pytest.raises(BundleError, match=MANIFEST):
        load_bundle(bundle_folder)


def test_an_absent_bundle_is_refused_with_the_command_that_builds_one(tmp_path: Path) -> None:
    """The first thing a newcomer may see."""
    with pytest.raises(BundleError, match=r"No bundle at .*errand train"):
        load_bundle(tmp_path / "nowhere")


def test_a_manifest_changed_by_hand_is_refused(bundle_folder: Path) -> None:
    """A threshold that nobody has tested is not acted on."""
    path = bundle_folder / MANIFEST
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["thresholds"]["accept"] = 0.01
    path.write_text(json.dumps(raw), encoding="utf-8")

    with pytest.raises(BundleError, match="was changed after it was built"):
        load_bundle(bundle_folder)


@pytest.mark.parametrize("labels", [("a", "b"), ("a", "b", "c", "d", "e"), ()], ids=["too few", "too many", "none"])
def test_labels_must_fit_the_arrays(bundle_folder: Path, labels: tuple[str, ...]) -> None:
    """Otherwise goals would be named after their neighbours."""
    rewrite(bundle_folder, labels=labels)

    with pytest.raises(BundleError, match="does not fit"):
        load_bundle(bundle_folder)


def test_the_head_must_fit_the_encoder(bundle_folder: Path) -> None:
    """An encoder of other dimensions is another encoder."""
    weights = bundle_folder / "encoder_head_weights.npy"
    np.save(weights, np.zeros((7, 5), np.float32))
    rewrite(bundle_folder, files={**read_manifest(bundle_folder).files, weights.name: file_hash(weights)})

    with pytest.raises(BundleError, match=r"encoder\.onnx does not fit"):
        load_bundle(bundle_folder)


def test_examples_are_served_from_the_file(trained_folder: Path) -> None:
    """All distinct texts of each intent; their vectors stay on disk, and lie near a text that is like them."""
    cascade = load_bundle(trained_folder)

    assert {(text, intent) for intent, texts in cascade.examples.texts.items() for text in texts} == set(ROWS)
    assert isinstance(cascade.examples.vectors, np.memmap)
    (nearest,) = cascade.examples.nearest("track_order", cascade.embedding("please track my order"), 1)
    assert nearest.text == "please track my order"
    assert nearest.similarity == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("texts", "width", "reason"),
    [
        ({"track_order": ["where is my parcel"]}, 16, "fewer texts than vectors"),
        ({"track_order": ["where", "is", "it"]}, 16, "more texts than vectors"),
        ({"track_order": ["where is my parcel", "track it"]}, 7, "vectors of another encoder"),
    ],
)
def test_examples_must_fit(bundle_folder: Path, texts: dict[str, list[str]], width: int, reason: str) -> None:
    """Texts and vectors each other, and vectors the encoder."""
    (bundle_folder / EXAMPLES).write_text(json.dumps(texts), encoding="utf-8")
    np.save(bundle_folder / EXAMPLE_VECTORS, np.zeros((2, width), np.float16), allow_pickle=False)
    changed = {name: file_hash(bundle_folder / name) for name in (EXAMPLES, EXAMPLE_VECTORS)}
    rewrite(bundle_folder, files={**read_manifest(bundle_folder).files, **changed})

    with pytest.raises(BundleError, match=r"does not fit example_vectors\.npy") as refusal:
        load_bundle(bundle_folder)

    assert str(bundle_folder) in str(refusal.value), reason


@pytest.mark.parametrize(
    "name", ["../secret", "sub/secret", "../bundle/tokenizer.json", "..", ".", "", "/etc/hostname"]
)
def test_a_manifest_names_only_files_of_its_own_folder(bundle_folder: Path, name: str) -> None:
    """A bundle from elsewhere cannot have other files of this machine read, whatever their hash."""
    contents = b"not yours"
    (bundle_folder / "sub").mkdir()
    for place in (bundle_folder.parent / "secret", bundle_folder / "sub" / "secret"):
        place.write_bytes(contents)
    manifest = replace(read_manifest(bundle_folder), files={name: hashlib.sha256(contents).hexdigest()})

    with pytest.raises(BundleError):
        verify(bundle_folder, manifest)


class Canary:
    """Says so when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("an array was unpickled",))


def test_arrays_are_never_unpickled(bundle_folder: Path) -> None:
    """Reading a bundle runs none of its contents."""
    array = bundle_folder / "lexical_bias.npy"
    np.save(array, np.array([Canary()], dtype=object), allow_pickle=True)
    rewrite(bundle_folder, files={**read_manifest(bundle_folder).files, array.name: file_hash(array)})

    with pytest.raises((BundleError, ValueError)):
        load_bundle(bundle_folder)
