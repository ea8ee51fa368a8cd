"""What keeps the service from starting, each with one line that says what to mend, and exit code 2."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.edition.catalogue_firewall import MARK
from service.errors import BundleError
from service.settings import Settings
from tests.support.app import serving
from tests.support.catalogues import write_catalogue
from tests.support.daemon import free_port
from tests.support.server import run_command

CANARY = "zebracanary"
FILES = (
    "encoder.onnx",
    "encoder_head_bias.npy",
    "encoder_head_centres.npy",
    "encoder_head_weights.npy",
    "example_vectors.npy",
    "examples.json",
    "firewall.json",
    "firewall_axes.npy",
    "firewall_centre.npy",
    "firewall_frequency.npy",
    "firewall_keys.npy",
    "firewall_rows.npy",
    "firewall_vectors.npy",
    "firewall_weights.npy",
    "lexical_bias.npy",
    "lexical_keys.npy",
    "lexical_rows.npy",
    "lexical_squares.npy",
    "lexical_token_importance.npy",
    "lexical_token_places.npy",
    "lexical_token_rows.npy",
    "report.json",
    "stance.json",
    "stance_applies.npy",
    "stance_bias.npy",
    "stance_weights.npy",
    "tokenizer.json",
    "words.json",
)


def refusal(said: str) -> str:
    """The one line that was said."""
    (line,) = said.strip().splitlines()
    assert line.startswith("errand: ")
    return line


SETTINGS = [
    pytest.param({"ERRAND_PORT": "soon"}, "ERRAND_PORT", id="a port in words"),
    pytest.param({"ERRAND_WORKERS": "0"}, "ERRAND_WORKERS", id="no worker"),
    pytest.param({"ERRAND_HOST": "0.0.0.0"}, "errand keys create", id="an address that others reach"),  # noqa: S104
    pytest.param({"ERRAND_DATABASE_URL": f"mysql://jo:{CANARY}@db/errand"}, "mysql", id="a database of another kind"),
    pytest.param(
        {"ERRAND_DATABASE_URL": f"postgresql://jo:{CANARY}@127.0.0.1:1/errand", "ERRAND_DATABASE_WAIT_SECONDS": "0"},
        "database",
        id="no database, and none is waited for",
    ),
    pytest.param({"ERRAND_SECRET": CANARY}, "secret", id="a secret that can be guessed"),
]


def serve_in_vain(home: Path, bundle: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`errand serve` that is expected to end by itself, on a port that nobody uses unless one is given."""
    port = {"ERRAND_PORT": str(free_port())}
    return run_command("serve", home=home, ERRAND_BUNDLE=str(bundle), **port | environment)


@pytest.mark.parametrize(("environment", "named"), SETTINGS)
def test_a_setting_that_cannot_be_served_with_is_named(
    starter_bundle: Path, tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    """Passwords and secrets are not repeated."""
    ended = serve_in_vain(tmp_path, starter_bundle, **environment)

    assert ended.returncode == 2, ended.stderr
    assert named in refusal(ended.stderr)
    assert CANARY not in ended.stderr


def test_a_port_that_is_taken_is_named(starter_bundle: Path, tmp_path: Path) -> None:
    """Before anything is begun."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        ended = serve_in_vain(tmp_path / "home", starter_bundle, ERRAND_PORT=port)

    assert ended.returncode == 2
    assert port in refusal(ended.stderr)
    assert not (tmp_path / "home").exists()


def flip_a_byte(path: Path) -> None:
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)


def edit(**changes: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return write


def damaged(bundle: Path, folder: Path, name: str, damage: Callable[[Path], None]) -> Path:
    """A copy of a bundle in which one file is damaged; the others are links."""
    folder.mkdir()
    for path in bundle.iterdir():
        if path.name == name:
            (folder / name).write_bytes(path.read_bytes())
        else:
            (folder / path.name).symlink_to(path)
    damage(folder / name)
    return folder


DAMAGES = [
    *(pytest.param(name, flip_a_byte, id=f"a bit of {name} differs") for name in (*FILES, "manifest.json")),
    *(pytest.param(name, Path.unlink, id=f"{name} is missing") for name in (*FILES, "manifest.json")),
    *(pytest.param(name, lambda path: path.write_bytes(b""), id=f"{name} is empty") for name in FILES[:2]),
    pytest.param("manifest.json", edit(format=99), id="the format of another version"),
    pytest.param("manifest.json", edit(format=None), id="no format"),
    pytest.param("manifest.json", edit(thresholds={"accept": 0, "scope": 0, "ambiguous": 0}), id="edited thresholds"),
    pytest.param("manifest.json", edit(labels=["speak_to_human"]), id="edited labels"),
    pytest.param("manifest.json", edit(files={}), id="no file is listed"),
    pytest.param("manifest.json", edit(settings={}), id="no settings"),
    pytest.param("manifest.json", edit(version="0" * 16), id="another version's name"),
    pytest.param("manifest.json", lambda path: path.write_text("[]", encoding="utf-8"), id="no object"),
    pytest.param("manifest.json", lambda path: path.write_bytes(b"\xff"), id="no text"),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
async def test_a_bundle_that_is_not_as_it_was_built_is_not_served(
    settings: Settings, starter_bundle: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """The file at fault is named, and how to get a whole one."""
    bundle = damaged(starter_bundle, tmp_path / "bundle", name, damage)

    with pytest.raises(BundleError, match=r"(?i)build") as refused:
        async with serving(settings.model_copy(update={"bundle": bundle})):
            pass

    assert name in str(refused.value)


def test_every_file_of_a_bundle_was_damaged(starter_bundle: Path) -> None:
    """The list above is whole."""
    assert {path.name for path in starter_bundle.iterdir()} == {*FILES, "manifest.json", MARK}


async def test_a_bundle_of_another_catalogue_is_not_served(settings: Settings, tmp_path: Path) -> None:
    """Its intents are not those that have paths."""
    catalogue = write_catalogue(tmp_path / "catalogue")

    with pytest.raises(BundleError, match=r"has intents that the catalogue lacks.*errand train"):
        async with serving(settings.model_copy(update={"catalogue": catalogue})):
            pass


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_command_names_a_damaged_file(starter_bundle: Path, tmp_path: Path, workers: str) -> None:
    """One line and exit code 2, with as many workers as may be; nothing is said to be served."""
    bundle = damaged(starter_bundle, tmp_path / "bundle", "lexical_bias.npy", flip_a_byte)

    ended = serve_in_vain(tmp_path, bundle, ERRAND_WORKERS=workers)

    assert ended.returncode == 2, ended.stderr
    assert str(bundle / "lexical_bias.npy") in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "serves at" not in ended.stderr


def test_the_command_names_a_catalogue_that_is_not_there(starter_bundle: Path, tmp_path: Path) -> None:
    """It looks before it serves."""
    ended = serve_in_vain(tmp_path, starter_bundle, ERRAND_CATALOGUE=str(tmp_path / "nowhere"))

    assert ended.returncode == 2, ended.stderr
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr
