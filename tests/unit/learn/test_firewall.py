"""Fitting the firewall: what is served is what was fitted, and what it promises was measured on examples held out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from service.domain.content import ContentKind
from service.learn import firewall as fitting
from service.learn.encoders.prepared import EncoderKit
from service.learn.firewall import (
    CONFIDENCE_OF_PROMISE,
    EMBEDDING_SHARE,
    FALSE_REFUSALS,
    LEXICAL_SHARE,
    FittedFirewall,
    content_examples,
    firewall_folder,
    fit_firewall,
)
from service.understand.firewall.head import FILES, KINDS, Firewall, load_firewall
from service.understand.ngram import ngram_keys
from tests.support.encoders import silent

THINGS = ("parcel", "order", "package", "room", "table", "booking")
OPENINGS = ("please track the", "where is my", "i want to find the", "how do i book the", "cancel my", "can i undo the")
TELLING = {"relationship": "joke", "fulfilment": "person", "service_notice": "weather"}
EXAMPLES = [
    (f"{opening} {thing} {word} {number}", kind)
    for (kind, word), opening, thing, number in product(TELLING.items(), OPENINGS, THINGS, ("two", "night"))
]
"""72 of each kind, told apart by one word."""


@pytest.fixture(scope="module")
def fitted(kit: EncoderKit) -> FittedFirewall:
    return fit_firewall(EXAMPLES, kit, silent)


@pytest.fixture(scope="module")
def served(kit: EncoderKit, fitted: FittedFirewall) -> Firewall:
    return Firewall(weights=fitted.weights, numbers=fitted.numbers, tokenizer=kit.tokenizer, encoder=kit.encoder)


def ngrams(kit: EncoderKit, text: str) -> set[int]:
    return ngram_keys(kit.tokenizer.token_ids(text), kit.tokenizer.vocabulary_size)


@pytest.mark.parametrize("text", [EXAMPLES[0][0], EXAMPLES[-1][0], "please track the joke", "zzz", ""])
def test_folded_weights_score_as_the_likeness_to_each_example(
    kit: EncoderKit, fitted: FittedFirewall, served: Firewall, text: str
) -> None:
    """Adding up n-grams comes to the same as comparing with every example."""
    weights, token_ids = fitted.weights, kit.tokenizer.token_ids(text)
    frequency = dict(zip(weights.keys.tolist(), weights.frequency.tolist(), strict=True))
    own = {key: frequency[key] for key in ngrams(kit, text) if key in frequency}
    centred = np.split(kit.encoder.embed([token_ids])[0] - weights.centre, len(weights.axes))
    found = [layer @ axes for layer, axes in zip(centred, weights.axes, strict=True)]
    expected = np.zeros(len(KINDS))
    for number, ((example, _), speaks) in enumerate(zip(EXAMPLES, weights.weights, strict=True)):
        theirs = {key: frequency[key] for key in ngrams(kit, example)}
        lengths = [np.sqrt(sum(value**2 for value in each.values())) or 1.0 for each in (own, theirs)]
        cosine = sum(own[key] * theirs[key] for key in own.keys() & theirs.keys()) / np.prod(lengths)
        theirs_along = weights.vectors[:, number].astype(np.float32)
        distances = [np.square(layer - other).sum() for layer, other in zip(found, theirs_along, strict=True)]
        near = np.exp(-np.array(fitted.numbers.bandwidths) * distances).mean()
        expected += speaks * (EMBEDDING_SHARE * near + LEXICAL_SHARE * cosine)

    np.testing.assert_allclose(served.scores(token_ids), expected, atol=1e-3)


def test_kinds_that_one_word_tells_apart_are_told_apart(kit: EncoderKit, served: Firewall) -> None:
    """Also in texts that it has not seen."""
    for kind, word in TELLING.items():
        scores = served.scores(kit.tokenizer.token_ids(f"i want to reserve a table {word} please"))

        assert KINDS[int(scores.argmax())] == kind


def test_scores_held_out_are_those_of_a_fit_without_the_example() -> None:
    """All parts of an example are left out at once."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(12, 5)).astype(np.float32)
    likeness, targets = features @ features.T, generator.choice([-1.0, 1.0], (12, 3)).astype(np.float32)
    example = np.array([0, 0, 0, 1, 2, 2, 3, 3, 4, 5, 6, 6])

    _, held_out = fitting._fit(likeness, targets, example)

    for number in range(7):
        own, others = np.flatnonzero(example == number), np.flatnonzero(example != number)
        penalty = fitting.PENALTY * np.eye(len(others))
        weights = np.linalg.solve(likeness[np.ix_(others, others)] + penalty, targets[others])
        np.testing.assert_allclose(held_out[own], likeness[np.ix_(own, others)] @ weights, rtol=1e-3, atol=1e-3)


def test_clauses_are_learnt_from() -> None:
    """All those of texts that do not promote, and of one that does the likeliest."""
    examples = [
        ("Have a look at our sale", "relationship"),
        ("Your parcel is at the door, and our sale is on now", "relationship"),
        ("Your parcel is at the door", "fulfilment"),
        ("Your parcel is at the door, and your order is paid", "fulfilment"),
    ]
    units = fitting._units(examples)
    words = [set(text.lower().replace(",", "").split()) for text in units.texts]
    likeness = np.array([[len(a & b) / len(a | b) for a in words] for b in words], np.float32)
    targets = np.where(units.kind[:, None] == np.arange(3), 1.0, -1.0).astype(np.float32)

    taught = [units.texts[place] for place in fitting._taught(units, likeness, targets[:, 0])]

    assert taught == [
        "Have a look at our sale",
        "Your parcel is at the door, and our sale is on now",
        "and our sale is on now",
        "Your parcel is at the door",
        "Your parcel is at the door, and your order is paid",
        "Your parcel is at the door",
        "and your order is paid",
    ]


def test_a_rough_fit_comes_near_the_exact_one() -> None:
    """With weights for the chosen units alone."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(40, 8)).astype(np.float32)
    likeness, is_first = features @ features.T, np.arange(40) % 4 != 3
    targets = np.where(is_first, generator.choice([-1.0, 1.0], 40), 0).astype(np.float32)

    weights = fitting._roughly_solved(likeness, targets, is_first)

    penalty = fitting.PENALTY * np.eye(30)
    exact = np.linalg.solve(likeness[np.ix_(is_first, is_first)] + penalty, targets[is_first])
    np.testing.assert_allclose(likeness[:, is_first] @ exact, likeness @ weights, atol=1e-2)
    assert not weights[~is_first].any()


@pytest.mark.parametrize(("layers", "width", "expected"), [(1, 8, 1), (3, 12, 3), (3, 10, 1)])
def test_layers_are_told_apart_by_their_length(layers: int, width: int, expected: int) -> None:
    """Each has length 1. An embedding that cannot be cut evenly counts as one."""
    embeddings = np.full((2, width), np.sqrt(layers / width), np.float32)

    assert fitting._layers(embeddings) == expected


@pytest.mark.parametrize("count", [114, 200, 1_500])
def test_the_threshold_keeps_its_promise(count: int) -> None:
    """As many are refused as prove the share of false refusals, and no more; with fewer, none is."""
    scores = np.random.default_rng(count).normal(size=count).astype(np.float32)

    refused = int((scores >= fitting._least_score(scores)).sum())

    assert binom.cdf(refused, count, FALSE_REFUSALS) <= 1 - CONFIDENCE_OF_PROMISE
    assert binom.cdf(refused + 1, count, FALSE_REFUSALS) > 1 - CONFIDENCE_OF_PROMISE


def test_what_it_promises_is_told(fitted: FittedFirewall) -> None:
    """With how it did on the examples, each held out."""
    promise = fitted.promise

    assert promise["held_out_texts"] == len(EXAMPLES)
    assert promise["held_out_false_refusals"] <= FALSE_REFUSALS
    assert promise["held_out_recall"] > 0.9


def test_the_same_examples_give_the_same_firewall(kit: EncoderKit, fitted: FittedFirewall) -> None:
    """Bit by bit."""
    again = fit_firewall(EXAMPLES, kit, silent)

    assert again.numbers == fitted.numbers
    for name in fitted.weights.__slots__:
        np.testing.assert_array_equal(getattr(again.weights, name), getattr(fitted.weights, name))


def test_it_is_fitted_once_for_an_encoder(kit: EncoderKit) -> None:
    """And kept beside its kit with all that a bundle needs of it."""
    folder = firewall_folder(kit, silent)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    told: list[str] = []

    assert firewall_folder(kit, lambda step, share: told.append(step)) == folder
    assert told == []
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert before.keys() == set(FILES)
    load_firewall(folder, kit.tokenizer, kit.encoder)


def test_the_written_examples_are_distinct_and_enough() -> None:
    """No text stands twice, and there are hundreds of each kind."""
    examples = content_examples()

    assert len({text.casefold() for text, _ in examples}) == len(examples)
    for kind in ContentKind:
        assert sum(1 for _, each in examples if each == kind) > 700
