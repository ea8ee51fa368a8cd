"""`errand publish` and `errand editions`: what is served is changed by a command that checks it first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from service.catalogue.loader import starter_folder
from service.cli.commands.record import with_recorder
from service.edition.startup import open_identity
from service.settings import read_settings
from service.understand.bundle import MANIFEST
from tests.support.editions import FIRST_TITLE, ORDERS, Source, a_publication, content_of, make_sources, renamed
from tests.unit.cli.conftest import Run


@pytest.fixture(scope="module")
def sources(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    return make_sources(starter_bundle, tmp_path_factory.mktemp("sources"))


def options(source: Source, reason: str = "clearer words") -> tuple[object, ...]:
    return ("publish", "--catalogue", source.catalogue, "--bundle", source.bundle, "--reason", reason)


def publish_unchecked(source: Source) -> None:
    settings = read_settings()
    content = content_of(source, open_identity(settings))
    with_recorder(settings, lambda recorder: recorder.publish(a_publication(content)))


def test_what_is_published_is_told_and_can_be_taken_back(run: Run, home: Path, sources: tuple[Source, Source]) -> None:
    """Each change with its number and what differs; what is in use is not published twice; all is in the audit."""
    first = run(*options(sources[0]))
    again = run(*options(sources[0]), "--json")
    publish_unchecked(sources[1])
    listed = json.loads(run("editions", "list", "--json").out)
    back = run("editions", "rollback", "1", "--reason", "it went astray")
    nowhere = run("editions", "rollback", "77", "--reason", "it went astray")
    audit = json.loads(run("audit", "list", "--json").out)

    assert [told.code for told in (first, again, back, nowhere)] == [0, 0, 0, 2], first.err
    bundle, catalogue = sources[0].versions
    assert f"Edition 1: catalogue {catalogue}, bundle {bundle}." in first.out
    assert "intents: as before\npaths: as before\n" in first.out, "the starter was served without a publication"
    summary = json.loads(again.out)
    assert (summary["edition_id"], summary["published"], summary["changes"]["policy"]) == (1, False, False)
    assert [edition["edition_id"] for edition in listed] == [2, 1]
    assert listed[0]["bundle_source"] == str(sources[1].bundle)
    assert f"Edition 3: catalogue {catalogue}, bundle {bundle}." in back.out
    assert "intents: changed track_order\npaths: as before\n" in back.out
    assert "errand editions list" in nowhere.err
    assert {(entry["action"], entry["subject"], entry["reason"]) for entry in audit} == {
        ("edition.rollback", "3", "it went astray"),
        ("edition.publish", "2", "A new desk."),
        ("edition.publish", "1", "clearer words"),
    }
    assert (home / "bundles" / bundle / MANIFEST).exists()


def test_nothing_was_ever_published(run: Run) -> None:
    """Which is said, as is what is served then."""
    run("db", "upgrade")

    assert "folders of the settings" in run("editions", "list").out


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "a" * 501])
def test_a_reason_is_one_line(run: Run, sources: tuple[Source, Source], reason: str) -> None:
    """For whoever reads the audit."""
    assert run(*options(sources[0], reason)).code == 2


def test_what_cannot_be_served_is_not_published(run: Run, sources: tuple[Source, Source], tmp_path: Path) -> None:
    """A damaged bundle, one that is not there, a catalogue that it does not fit, one that promotes."""
    first, _ = sources
    damaged = renamed(first.bundle, tmp_path / "damaged", provenance="damaged")
    (damaged / "report.json").unlink()
    (damaged / "report.json").write_bytes(b"[]")
    promoting = shutil.copytree(starter_folder(), tmp_path / "promoting")
    orders = promoting / ORDERS
    orders.write_text(
        orders.read_text(encoding="utf-8").replace(FIRST_TITLE, "title: Buy one now and get a second one half price"),
        encoding="utf-8",
    )
    unfit = shutil.copytree(starter_folder(), tmp_path / "unfit")
    for path in unfit.iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("track_order", "follow_order"), encoding="utf-8")

    told = [
        run(*options(Source(catalogue=first.catalogue, bundle=damaged))),
        run(*options(Source(catalogue=first.catalogue, bundle=tmp_path / "nowhere"))),
        run(*options(Source(catalogue=unfit, bundle=first.bundle))),
        run(*options(Source(catalogue=promoting, bundle=first.bundle))),
    ]

    assert [each.code for each in told] == [2] * 4
    for each, said in zip(told, ("report.json is damaged", "nowhere", "follow_order", "promot"), strict=True):
        assert said in each.err
    assert json.loads(run("editions", "list", "--json").out) == []
