"""The catalogue before the firewall: what promotes is refused where it is written, and is judged once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.catalogue.loader import CatalogueReport, check_catalogue
from service.edition.catalogue_firewall import MARK, require_vetted, vetted
from service.errors import CatalogueError
from service.understand.firewall.refusal import Refusal
from tests.support.catalogues import minimal, write_catalogue

OFFERS = {**minimal()["intents"]["track_order"], "title": "Hear of our great sale", "path": "ask_offers"}
OFFERS["examples"] = [f"what is on sale {number}" for number in range(25)]
OFFERS_PATH = {**minimal()["paths"]["track_order"], "label": "See the sale"}


class Judge:
    """Takes the word sale for promotion, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> Refusal | None:
        self.asked.append(text)
        return Refusal(text, ("sale",), "Leave the sale out.") if "sale" in text else None


def with_sale(folder: Path) -> CatalogueReport:
    """A label that promotes, to contacts who want to track an order."""
    return check_catalogue(write_catalogue(folder, paths={"track_order": {"label": "Track it and see our sale"}}))


def test_a_promotion_makes_a_catalogue_unusable(tmp_path: Path) -> None:
    """One error, at its place; everything else stays as it was."""
    report = with_sale(tmp_path)

    found = vetted(report, Judge())

    assert report.catalogue is not None
    assert found.catalogue is None
    assert [(each.rule, each.where) for each in found.errors] == [("promotional_sentence", "paths.track_order.label")]


def test_a_refusal_names_the_words_and_the_mend(tmp_path: Path) -> None:
    """Beside the sentence and its place."""
    (error,) = vetted(with_sale(tmp_path), Judge()).errors

    assert error.message.startswith("“Track it and see our sale” promotes, flatters or pleads by “sale”, ")
    assert error.mend == "Leave the sale out."


def test_all_refused_sentences_are_listed_at_once(tmp_path: Path) -> None:
    """In the report, and in the error that keeps a catalogue from being served."""
    report = check_catalogue(
        write_catalogue(
            tmp_path / "a",
            intents={"track_order": {"title": "Track it in the sale"}},
            paths={"track_order": {"label": "A sale"}, "cancel_booking": {"label": "Cancel, or see the sale"}},
        )
    )

    with pytest.raises(CatalogueError) as refusal:
        require(report, Judge(), tmp_path / "cache")

    assert sorted(each.where for each in refusal.value.problems) == [
        "intents.track_order.title", "paths.cancel_booking.label", "paths.track_order.label"
    ]  # fmt: skip
    assert str(refusal.value).count("Leave the sale out.") == 3


def test_other_mistakes_are_told_as_well(tmp_path: Path) -> None:
    """In the order of their lines."""
    folder = write_catalogue(
        tmp_path, intents={"track_order": {"path": "absent"}}, paths={"track_order": {"label": "A sale"}}
    )

    errors = vetted(check_catalogue(folder), Judge()).errors

    assert sorted(each.rule for each in errors) == ["promotional_sentence", "unknown_path"]
    assert [each.line for each in errors] == sorted(each.line for each in errors)


def test_those_who_ask_for_offers_may_be_told_of_them(tmp_path: Path) -> None:
    """Title and path of that intent are let through, and not even judged."""
    folder = write_catalogue(tmp_path, intents={"ask_offers": OFFERS}, paths={"ask_offers": OFFERS_PATH})
    judge = Judge()

    assert vetted(check_catalogue(folder), judge).catalogue is not None
    assert not any("sale" in text for text in judge.asked)


@pytest.mark.parametrize(
    "change",
    [
        {"intents": {"ask_offers": OFFERS, "track_order": {"path": "ask_offers"}}},
        {"intents": {"ask_offers": OFFERS}, "policy": {"human_intent": "ask_offers"}},
    ],
    ids=["taken by another intent", "the way to a person"],
)
def test_a_path_that_others_see_is_judged(tmp_path: Path, change: dict[str, dict[str, object]]) -> None:
    """However it comes about."""
    folder = write_catalogue(tmp_path, paths={"ask_offers": OFFERS_PATH}, **change)

    assert [each.where for each in vetted(check_catalogue(folder), Judge()).errors] == ["paths.ask_offers.label"]


def test_the_same_sentence_is_judged_once(tmp_path: Path) -> None:
    """Many rungs say the same."""
    judge = Judge()

    vetted(check_catalogue(write_catalogue(tmp_path)), judge)

    assert len(judge.asked) == len(set(judge.asked)) > 0


def require(report: CatalogueReport, judge: Judge, folder: Path, *, bundle: str = "one") -> None:
    require_vetted(report, bundle=bundle, open_judge=lambda: judge, folder=folder)


def test_what_a_bundle_has_passed_it_is_not_asked_again(tmp_path: Path) -> None:
    """Another bundle is, and so is the same one about another sentence."""
    report, judge, cache = check_catalogue(write_catalogue(tmp_path / "a")), Judge(), tmp_path / "cache"
    require(report, judge, cache)
    first = len(judge.asked)

    require(report, judge, cache)
    assert len(judge.asked) == first

    require(report, judge, cache, bundle="two")
    assert len(judge.asked) == 2 * first

    other = check_catalogue(write_catalogue(tmp_path / "b", intents={"track_order": {"title": "Find a parcel"}}))
    require(other, judge, cache, bundle="two")
    assert len(judge.asked) == 3 * first


@pytest.mark.parametrize(
    ("damage", "is_asked", "reason"),
    [
        (lambda mark: None, False, "who built the bundle had it judged"),
        (lambda mark: mark.write_bytes(b"\xff"), True, "a mark that says nothing"),
        (lambda mark: mark.unlink(), True, "none at all"),
    ],
)
def test_what_was_passed_when_the_bundle_was_built_is_not_asked_again(
    tmp_path: Path, damage: Callable[[Path], None], *, is_asked: bool, reason: str
) -> None:
    """By no home that it is served from."""
    report, judge, bundle = check_catalogue(write_catalogue(tmp_path / "a")), Judge(), tmp_path / "bundle"
    require(report, Judge(), bundle)
    damage(bundle / MARK)

    require_vetted(report, bundle="one", open_judge=lambda: judge, folder=tmp_path / "home", also_in=bundle)

    assert bool(judge.asked) is is_asked, reason


def test_what_was_refused_is_refused_again(tmp_path: Path) -> None:
    """It is not remembered as passed."""
    for _ in range(2):
        with pytest.raises(CatalogueError, match="promotional_sentence"):
            require(with_sale(tmp_path / "a"), Judge(), tmp_path / "cache")


def test_it_is_judged_at_every_start_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A home without room is no reason not to serve."""
    report, judge = check_catalogue(write_catalogue(tmp_path / "a")), Judge()
    (tmp_path / "file").write_text("in the way")
    require(report, judge, tmp_path / "file")
    first = len(judge.asked)

    require(report, judge, tmp_path / "file")

    assert len(judge.asked) == 2 * first > 0
