"""What is kept of a text that may be kept: what two redactors leave, cut at a word, for as long as the policy says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.catalogue.loader import load_catalogue
from service.domain.ledger import UNKNOWN_REVISION
from service.domain.understanding import Understanding
from service.pipeline.kept_text import CUT, MOST_KEPT, TextKeeper, to_be_kept
from service.pipeline.reader import chosen
from service.redact.chain import Redactor
from service.redact.span import Kind
from service.understand.intents import IntentTable
from tests.support.catalogues import write_catalogue
from tests.support.decisions import NOON
from tests.support.spooled import a_change

PARANOID = Redactor("paranoid")
WORDS = ["please", "ring", "<phone>", "or", "<number>", "about", "it"]
PLACEHOLDERS = " ".join(f"my <{kind}>," for kind in Kind)


def keeper_of(folder: Path, **policy: str) -> TextKeeper:
    return TextKeeper(load_catalogue(write_catalogue(folder, policy={"store_text": "redacted", **policy})))


def said(keeper: TextKeeper, utterance: str) -> Understanding:
    return replace(chosen("track_order", IntentTable.of(keeper._catalogue)), utterance=utterance)


@pytest.mark.parametrize(
    ("utterance", "kept"),
    [
        ("ask qvzzskkplx7mmwwqrtzz9 for it", "ask <secret> for it"),
        ("the meter shows 00 14 83 77 now", "the meter shows <number> now"),
        ("i am on @fernweh-and-fog there", "i am on <email> there"),
    ],
)
async def test_what_the_first_redactor_leaves_is_redacted_more_strictly(
    tmp_path: Path, utterance: str, kept: str
) -> None:
    """By its length and its mixture alone."""
    keeper = keeper_of(tmp_path)

    text = await keeper.find_kept(said(keeper, utterance), None, NOON)

    assert text is not None
    assert text.redacted == kept


def test_words_and_placeholders_stay_as_they_are() -> None:
    """Of every kind."""
    said = "it has not come yet"

    assert to_be_kept(f"  {said} \n", PARANOID) == said
    assert to_be_kept(PLACEHOLDERS, PARANOID) == PLACEHOLDERS


@pytest.mark.parametrize("before", [0, 1, 7, 11])
def test_a_long_text_is_cut_at_a_word(before: int) -> None:
    """Neither a number nor a placeholder is ever cut in two: a part of a number might pass for a word."""
    long = "x" * before + (" about it" * 25 + " please ring <phone> or 0171 2345 678") * 10

    kept = to_be_kept(long, PARANOID)

    assert MOST_KEPT - len("<number>") <= len(kept) - len(CUT) <= MOST_KEPT
    assert set(kept.removesuffix(CUT).split()) <= {"x" * before, *WORDS}
    assert not any(character.isdigit() for character in kept)


def test_a_long_text_without_blanks_is_cut_all_the_same() -> None:
    assert to_be_kept("." * 3 * MOST_KEPT, PARANOID) == "." * MOST_KEPT + CUT


async def test_it_is_kept_for_as_long_as_the_policy_says_and_never_longer_than_its_decision(tmp_path: Path) -> None:
    """A week, if nothing is said."""
    spans = [{}, {"text_retention": "PT12H"}, {"retention": "P2D"}]
    keepers = [keeper_of(tmp_path / str(number), **policy) for number, policy in enumerate(spans)]

    kept = [await keeper.find_kept(said(keeper, "nothing came"), None, NOON) for keeper in keepers]

    assert [text and text.until - NOON for text in kept] == [timedelta(days=7), timedelta(hours=12), timedelta(days=2)]
    assert [text and text.redacted for text in kept] == ["nothing came"] * 3
    assert "nothing came" not in repr(kept)


async def test_nothing_is_kept_while_it_cannot_be_known_what_the_contact_wants(tmp_path: Path) -> None:
    """It may want something of which nothing may be kept."""
    keeper = keeper_of(tmp_path)
    known = a_change("c", ("track_order",))
    unknown = replace(known, before=replace(known.before, revision=UNKNOWN_REVISION))

    assert await keeper.find_kept(said(keeper, "nothing came"), known, NOON)
    assert await keeper.find_kept(said(keeper, "nothing came"), unknown, NOON) is None
