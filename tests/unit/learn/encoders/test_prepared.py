"""The encoder made ready: once, and then kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.errors import BundleError
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import named_source
from tests.support.encoders import WIDTH, silent, tiny_tokenizer, write_encoder, write_graph
from tests.support.languages import FOREIGN, write_unigram_tokenizer


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_kit_is_made_once(tmp_path: Path) -> None:
    """The second time its files are as they were, no step is told of, and the vectors are the same."""
    source, cache = named_source(str(write_encoder(tmp_path / "tiny"))), tmp_path / "cache"
    first = open_kit(source, cache, silent)
    before = files(cache)
    told: list[str] = []

    again = open_kit(source, cache, lambda step, share: told.append(step))

    assert files(cache) == before
    assert told == []
    np.testing.assert_array_equal(again.token_vectors, first.token_vectors)
    assert again.digest == first.digest


def test_another_encoder_has_a_kit_of_its_own(tmp_path: Path) -> None:
    """Also under the same name."""
    for seed in (0, 1):
        open_kit(named_source(str(write_encoder(tmp_path / str(seed) / "tiny", seed=seed))), tmp_path / "cache", silent)

    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_every_entry_of_the_vocabulary_has_a_vector(kit: EncoderKit) -> None:
    """Vectors are centred, and no longer than an embedding."""
    assert kit.token_vectors.shape == (kit.tokenizer.vocabulary_size, kit.encoder.dimensions)
    np.testing.assert_allclose(kit.token_vectors.mean(axis=0), 0.0, atol=1e-3)


def test_texts_of_any_length_are_embedded_in_order(kit: EncoderKit) -> None:
    """Batches are made of one length; the embeddings come in the order of the texts, and progress ends at 1."""
    utterances = ["book", "where is my parcel", "room", "", "track the parcel"] * 20
    token_ids = [kit.tokenizer.token_ids(utterance) for utterance in utterances]
    shares: list[float] = []

    embeddings = kit.embed(token_ids, lambda step, share: shares.append(share))

    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for row, ids in enumerate(token_ids[:5]):
        np.testing.assert_allclose(embeddings[row], kit.encoder.embed([ids])[0], atol=0.05)  # int8 scales of a batch
    np.testing.assert_array_equal(embeddings, kit.embed(token_ids, silent))


def test_entries_of_many_languages_have_a_vector_when_a_text_holds_them(many_languages: EncoderKit) -> None:
    """Centred, and zero for all others; there would be too many to make each of them."""
    token_ids = [many_languages.tokenizer.token_ids(text) for text in ("where is my parcel", "book a room")]
    seen = sorted({token for ids in token_ids for token in ids[1:-1]})

    vectors = many_languages.vectors_for(token_ids, silent)

    assert many_languages.is_multilingual
    assert many_languages.token_vectors is None
    assert len(vectors) == many_languages.tokenizer.vocabulary_size
    assert np.flatnonzero(vectors.any(axis=1)).tolist() == seen
    np.testing.assert_allclose(vectors[seen].mean(axis=0), 0.0, atol=1e-3)


def test_a_few_entries_have_their_vectors_in_the_kit(kit: EncoderKit) -> None:
    """Whatever the texts are."""
    assert not kit.is_multilingual
    assert kit.vectors_for([[0, 5, 1]], silent) is kit.token_vectors


@pytest.mark.parametrize("entries", [0, 100_000], ids=["one language", "many languages"])
def test_a_folder_may_bring_a_unigram_tokenizer(tmp_path: Path, entries: int) -> None:
    """As sentence encoders of many languages do."""
    folder = tmp_path / "tiny"
    size = write_unigram_tokenizer(folder, entries)
    write_graph(folder, size)

    kit = open_kit(named_source(str(folder)), tmp_path / "cache", silent)

    token_ids = kit.tokenizer.token_ids(" ".join(FOREIGN))
    assert kit.tokenizer.tokens(token_ids) == ["<s>", *(f"\u2581{word}" for word in FOREIGN), "</s>"]
    assert kit.embed([token_ids], silent).shape == (1, 3 * WIDTH)
    assert kit.vectors_for([token_ids], silent).shape == (size, 3 * WIDTH)
    assert kit.is_multilingual is (entries > 0)


@pytest.mark.parametrize("edges", [0, 1])
def test_a_tokenizer_without_two_edges_is_refused(tmp_path: Path, edges: int) -> None:
    """N-grams count on a special token at each end; a kit that cannot be made leaves nothing in the cache."""
    folder = write_encoder(tmp_path / "tiny")
    tokenizer = tiny_tokenizer()
    template = {0: "$A", 1: "[CLS] $A"}[edges]
    tokenizer.post_processor = type(tokenizer.post_processor)(
        single=template, special_tokens=[("[CLS]", tokenizer.token_to_id("[CLS]"))]
    )
    tokenizer.save(str(folder / "tokenizer.json"))

    with pytest.raises(BundleError, match="one special token at each end"):
        open_kit(named_source(str(folder)), tmp_path / "cache", silent)

    assert list((tmp_path / "cache").iterdir()) == []
