"""Rows in, bundle out: the same for the same rows and seed, put in place as a whole."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from service.domain.understanding import NO_GOAL_YET, Stage
from service.errors import DatasetError, ErrandError
from service.learn.encoders.prepared import EncoderKit
from service.learn.pressing import MOST_FALSE_ALARMS
from service.learn.train import Trained
from service.understand.bundle import MANIFEST, load_bundle, read_manifest, verify
from tests.support.encoders import PHRASES, ROWS, WORDS, tiny_kit, train_tiny
from tests.support.languages import FOREIGN

STRANGE = tuple((f"{what} {number}", None) for what in ("tell me a joke", "what weather") for number in range(12))


def rows_of(examples: int) -> tuple[tuple[str, str | None], ...]:
    """So many examples an intent."""
    return tuple(row for intent in PHRASES for row in [row for row in ROWS if row[1] == intent][:examples])


def random_rows(count: int) -> tuple[tuple[str, str], ...]:
    """Rows with words of their own, and labels that are thrown dice."""
    labels = np.random.default_rng(3).integers(0, len(PHRASES), count).tolist()
    texts = (f"{one} {other} room" for number, (one, other) in enumerate(product(WORDS, WORDS)) if number % 9 == 0)
    return tuple((text, tuple(PHRASES)[label]) for text, label in zip(texts, labels, strict=False))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_was_learnt_is_predicted(trained: Trained) -> None:
    """Every training row gets its own intent."""
    cascade = load_bundle(trained.folder)

    assert all(cascade.predict_now(text).candidates[0].intent == intent for text, intent in ROWS)


def test_the_same_rows_and_seed_give_the_same_bundle(kit: EncoderKit, trained: Trained, tmp_path: Path) -> None:
    """Byte for byte, manifest included: a version can be built again to check it."""
    again = train_tiny(kit, tmp_path / "again")

    assert again.manifest.version == trained.manifest.version
    assert contents(again.folder) == contents(trained.folder)


def test_the_order_of_the_rows_plays_no_part(kit: EncoderKit, trained: Trained, tmp_path: Path) -> None:
    """Shuffled rows give the same bundle, byte for byte."""
    order = np.random.default_rng(1).permutation(len(ROWS))

    shuffled = train_tiny(kit, tmp_path / "shuffled", rows=tuple(ROWS[row] for row in order))

    assert shuffled.manifest.version == trained.manifest.version
    assert contents(shuffled.folder) == contents(trained.folder)


def test_rows_of_dice_guarantee_nothing_however_often_they_are_given(kit: EncoderKit, tmp_path: Path) -> None:
    """Copies of a row stay on one side of every fold, and count once in each guarantee."""
    once = random_rows(150)

    trained = train_tiny(
        kit, tmp_path / "bundle", rows=once * 6, urgent=frozenset({"track_order"}), person="make_booking"
    )

    report = trained.report
    assert (report["rows"], report["repeated_rows"], report["noisy_copies"]) == (900, 750, 900)
    assert report["promise"]["promised"] is False
    for name, intent in (("urgent", "track_order"), ("person", "make_booking")):
        told = report["pressing"][name]
        assert told["guaranteed"] is False
        assert told["rows"] == sum(label == intent for _, label in once)
    for head in ("lexical", "encoder"):
        assert report[f"held_out_accuracy_{head}"] < 0.5, "dice cannot be guessed"


def test_missed_urgent_contacts_and_their_cost_are_reported(kit: EncoderKit, tmp_path: Path) -> None:
    """With too few rows for a guarantee, the report tells how many are missing, and the bundle holds the thresholds."""
    trained = train_tiny(kit, tmp_path / "bundle", urgent=frozenset({"track_order"}), person="cancel_booking")

    for name, threshold in (("urgent", "urgent"), ("person", "person")):
        told = trained.report["pressing"][name]
        assert told["rows"] == 24
        assert told["reason"] == "21 rows are missing"
        assert 0.0 <= told["false_alarms"] <= MOST_FALSE_ALARMS
        assert getattr(trained.manifest.thresholds, threshold) == told["threshold"]


def test_single_words_of_a_catalogue_are_commands(kit: EncoderKit, tmp_path: Path) -> None:
    """Single words of other rows are none, since they may be a customer's."""
    rows = (*rows_of(3), ("operator", "make_booking"))

    ours, theirs = (
        load_bundle(train_tiny(kit, tmp_path / name, rows=rows, **provenance).folder)
        for name, provenance in (("ours", {"catalogue": "c"}), ("theirs", {}))
    )

    assert [each.predict_now("operator").is_lone_word for each in (ours, theirs)] == [False, True]


def test_a_bundle_of_many_languages_keeps_what_its_rows_hold(many_languages: EncoderKit, tmp_path: Path) -> None:
    """It predicts what was learnt, its tables are no larger than one of one language, and it can be built again."""
    first, again = (train_tiny(many_languages, tmp_path / name) for name in ("first", "again"))

    cascade = load_bundle(first.folder)
    assert first.manifest.version == again.manifest.version
    assert 0.0 < first.manifest.settings.strange < 1.0
    assert all(cascade.predict_now(text).candidates[0].intent == intent for text, intent in ROWS)
    assert (first.folder / "lexical_token_rows.npy").stat().st_size < 10_000
    assert cascade.stage_of(" ".join(FOREIGN)) is Stage.ENCODER, "its words are strange"


@pytest.mark.parametrize("change", ["seed", "rows", "encoder"])
def test_a_bundle_of_anything_else_has_another_version(
    kit: EncoderKit, trained: Trained, tmp_path: Path, change: str
) -> None:
    """A version stands for rows, encoder and seed together."""
    other = train_tiny(
        tiny_kit(tmp_path, seed=1) if change == "encoder" else kit,
        tmp_path / "other",
        rows=ROWS[:-1] if change == "rows" else ROWS,
        seed=int(change == "seed"),
    )

    assert other.manifest.version != trained.manifest.version


@pytest.mark.parametrize("examples", [1, 2, 5])
def test_a_handful_of_examples_is_enough(kit: EncoderKit, tmp_path: Path, examples: int) -> None:
    """The bundle can be served, tells its examples apart, and promises nothing that it could not test."""
    rows = rows_of(examples)

    trained = train_tiny(kit, tmp_path / "bundle", rows=rows)

    cascade = load_bundle(trained.folder)
    assert trained.report["fewest_examples"] == examples
    assert trained.report["promise"]["promised"] is False
    assert ("held_out_accuracy_encoder" in trained.report) is (examples > 1)
    assert all(cascade.predict_now(text).candidates[0].intent == intent for text, intent in rows)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((*rows_of(4), ("hello", "make_payment")), "one intent has a single example"),
        ((*rows_of(4), *STRANGE[:1]), "a single row out of scope"),
        ((*rows_of(1), *STRANGE), "more rows out of scope than in scope"),
        ((*rows_of(3), ("", "track_order"), ("zzz", "make_booking")), "an empty text, and one of unknown words"),
        ((*rows_of(3), *rows_of(3)), "every row twice"),
        ((*rows_of(3), ("where is my parcel", "make_booking")), "one text under two intents"),
    ],
)
def test_uneven_rows_can_be_learnt_from(
    kit: EncoderKit, tmp_path: Path, rows: tuple[tuple[str, str | None], ...], reason: str
) -> None:
    """Real examples are never tidy."""
    trained = train_tiny(kit, tmp_path / "bundle", rows=rows)

    assert load_bundle(trained.folder).predict_now("where is my parcel").candidates, reason
    assert trained.report["rows"] == len(rows)
    assert trained.report["out_of_scope_rows"] == sum(intent is None for _, intent in rows)


def test_one_label_is_refused_and_the_old_bundle_stays(kit: EncoderKit, tmp_path: Path) -> None:
    """A training that fails changes nothing."""
    bundle = train_tiny(kit, tmp_path / "bundle", rows=rows_of(2)).folder
    before = contents(bundle)

    with pytest.raises(DatasetError, match="at least two intents"):
        train_tiny(kit, bundle, rows=(("hello", "a"), ("hi", "a"), ("joke", None)))

    assert contents(bundle) == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_bundle_replaces_an_older_one_as_a_whole(kit: EncoderKit, tmp_path: Path) -> None:
    """Nothing of the old one is left in the folder or beside it."""
    bundle = train_tiny(kit, tmp_path / "bundle", rows=rows_of(2)).folder
    (bundle / "old_array.npy").touch()

    newer = train_tiny(kit, bundle, rows=rows_of(1))

    assert set(contents(bundle)) == {MANIFEST, *newer.manifest.files}
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    verify(bundle, newer.manifest)
    assert read_manifest(bundle) == newer.manifest


def test_a_folder_that_is_no_bundle_is_never_replaced(kit: EncoderKit, tmp_path: Path) -> None:
    """A mistyped `--out` must not cost anybody their files: the folder is refused, and kept."""
    mine = tmp_path / "documents"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(ErrandError, match="documents"):
        train_tiny(kit, mine, rows=rows_of(1))

    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_an_empty_folder_may_be_filled(kit: EncoderKit, tmp_path: Path) -> None:
    """A volume that was just mounted, or a folder made beforehand."""
    (tmp_path / "bundle").mkdir()

    assert load_bundle(train_tiny(kit, tmp_path / "bundle", rows=rows_of(1)).folder).labels == tuple(sorted(PHRASES))


def test_a_bundle_of_rows_from_anywhere_holds_no_text(trained: Trained) -> None:
    """They may be customers' own words: no file quotes a row, and manifest and report only count them."""
    written = b" ".join(contents(trained.folder).values())

    assert not [text for text, _ in ROWS if " " in text and text.encode() in written]
    assert load_bundle(trained.folder).examples.texts == {}
    assert json.loads((trained.folder / "report.json").read_text(encoding="utf-8"))["rows"] == len(ROWS)
    assert trained.manifest.provenance == {"seed": 0, "encoder": "encoder"}


def test_a_bundle_of_a_catalogue_keeps_its_examples(kit: EncoderKit, tmp_path: Path) -> None:
    """Those of intents: what stands beside them is an example of nothing."""
    rows = (*rows_of(3), *STRANGE[:3], *((text, NO_GOAL_YET) for text in ("hello", "yes", "thanks")))

    trained = train_tiny(kit, tmp_path / "bundle", rows=rows, catalogue="0123456789ab")

    examples = load_bundle(trained.folder).examples
    assert {(text, intent) for intent, texts in examples.texts.items() for text in texts} == set(rows_of(3))
    np.testing.assert_allclose(np.linalg.norm(examples.vectors.astype(np.float32), axis=1), 1.0, atol=2e-3)


def test_examples_are_written_the_same_each_time(kit: EncoderKit, tmp_path: Path) -> None:
    """Byte for byte, as the rest of a bundle is."""
    first, second = (train_tiny(kit, tmp_path / name, rows=rows_of(2), catalogue="c").folder for name in ("a", "b"))

    assert contents(first) == contents(second)
