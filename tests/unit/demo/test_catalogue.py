"""The demo's catalogue: sound, the starter's but for its own paths, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from service.catalogue.loader import CatalogueReport, check_catalogue, load_catalogue, starter_folder
from service.catalogue.schema import Catalogue, HttpRung
from service.demo.catalogue import OWN_PATHS, compose, write_catalogue
from service.demo.processes import SYSTEMS_AT
from service.demo.shop import Front
from service.demo.story import STORIES
from service.demo.systems import SYSTEMS

VARIABLES = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(SYSTEMS_AT, 1)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def report(folder: Path) -> CatalogueReport:
    return check_catalogue(folder, environment=VARIABLES)


@pytest.fixture(scope="module")
def catalogue(report: CatalogueReport) -> Catalogue:
    return report.usable()


@pytest.fixture(scope="module")
def starter() -> Catalogue:
    return load_catalogue(starter_folder())


def test_nothing_is_wrong_with_it(report: CatalogueReport) -> None:
    """No path of it ends nowhere, and there is nothing to warn of."""
    assert report.problems == ()


def test_a_bundle_of_the_starter_fits_it(catalogue: Catalogue, starter: Catalogue) -> None:
    """Every intent with its examples, and every boundary, is the starter's."""
    assert catalogue.intents == starter.intents
    assert catalogue.boundaries == starter.boundaries
    assert catalogue.training_fingerprint() == starter.training_fingerprint()


def test_all_paths_but_its_own_are_the_starter_s(catalogue: Catalogue, starter: Catalogue) -> None:
    """And each of its own replaces one."""
    own = set(yaml.safe_load(OWN_PATHS.read_text(encoding="utf-8"))["paths"])

    assert own == {"find_product", "track_order", "get_technical_help", "make_booking"}
    assert catalogue.paths.keys() == starter.paths.keys()
    assert {name for name, path in catalogue.paths.items() if path != starter.paths[name]} == own
    assert (catalogue.entry_points, catalogue.policy) == (starter.entry_points, starter.policy)


def test_its_own_paths_end_the_same_at_any_hour(catalogue: Catalogue) -> None:
    """None of their rungs has hours."""
    own = yaml.safe_load(OWN_PATHS.read_text(encoding="utf-8"))["paths"]

    assert [rung.name for name in own for rung in catalogue.paths[name].rungs if rung.hours is not None] == []


def test_what_it_calls_is_there(catalogue: Catalogue) -> None:
    """Each call has the name and the address of a system, each probe those of a desk."""
    paths = catalogue.paths.values()
    rungs = [rung for path in paths for rung in (*path.rungs, *((path.extra_mile,) if path.extra_mile else ()))]
    called = {rung.name: "/" + rung.url.split("/", 3)[3] for rung in rungs if isinstance(rung, HttpRung)}
    probed = {rung.name: rung.capacity.url for rung in rungs if getattr(rung, "capacity", None)}

    assert called == {system.name: system.address for system in SYSTEMS}
    assert {f"{VARIABLES['SHOP_URL']}/capacity/{name}" for name in probed} == set(probed.values())
    assert called.keys() | probed.keys() == Front(slow_seconds=0).switches.keys()


def test_stories_come_by_doors_that_it_has(catalogue: Catalogue) -> None:
    """A door that nobody has described would never be wrong."""
    for story in STORIES:
        assert story.entry_point in catalogue.entry_points
        assert catalogue.is_wrong_door(story.entry_point, story.ending.goal) is story.ending.wrong_door


def test_writing_it_again_changes_nothing(folder: Path) -> None:
    """Not even a moment of change."""
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]}

    again = write_catalogue(folder.parent)

    assert again == folder
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.iterdir()]} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder that looks like a catalogue and lacks half of it."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            write_catalogue(tmp_path)

    assert list(tmp_path.iterdir()) == []


STARTER = """\
intents:
  greet:            # stays
    title: Greet
paths:
  first:
    rungs: []
  # about the second
  second:
    label: Second
    rungs:
      - {kind: email}
  third: {rungs: []}
"""


def test_a_path_is_cut_out_whole_and_nothing_else() -> None:
    """Comments and the order of what stays are as they were written."""
    own = "paths:\n  second: {rungs: [own]}\n"

    files = compose(starter={"a.yaml": STARTER, "b.yaml": "policy: {}\n"}, own_paths=own)

    cut = "  second:\n    label: Second\n    rungs:\n      - {kind: email}\n"
    assert files == {"a.yaml": STARTER.replace(cut, ""), "b.yaml": "policy: {}\n", "demo.yaml": own}
