"""One machine: nothing is reachable that need not be, and secrets come from files."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service import __version__
from service.cli.commands.serve import GRACEFUL_SECONDS
from service.fulfil.deliverer import CLOSE_WITHIN_SECONDS
from service.record.database.engine import parse_url
from service.settings import read_settings
from tests.support.bundles import ROOT
from tests.support.deployment import DEPLOY, documents

(COMPOSE,) = documents(DEPLOY / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_change_nothing_but_its_volumes(name: str) -> None:
    """It is nobody in particular, has no rights, and is watched."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["healthcheck"]["test"]
    assert service["mem_limit"]
    for volume in service["volumes"]:
        assert volume.partition(":")[0] in COMPOSE["volumes"], "a volume, not a folder of the machine"


def test_only_errand_is_published_and_only_here() -> None:
    """The database is reached over a network that leads nowhere else."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["errand"]
    for port in SERVICES["errand"]["ports"]:
        assert port.startswith("127.0.0.1:")
        assert port.endswith(f":{SERVICES['errand']['environment']['ERRAND_PORT']}")
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"]["internal"] is True


def test_errand_runs_as_its_image_says() -> None:
    """The same user, home and version, and time to finish."""
    errand = SERVICES["errand"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert f"USER {errand['user']}\n" in dockerfile
    assert [volume.partition(":")[2] for volume in errand["volumes"]] == re.findall(
        r"^VOLUME (.+)$", dockerfile, re.MULTILINE
    )
    assert errand["image"] == f"errand:{__version__}"
    assert int(errand["stop_grace_period"].rstrip("s")) > GRACEFUL_SECONDS + CLOSE_WITHIN_SECONDS


def test_the_settings_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the container gets them."""
    for name, value in SERVICES["errand"]["environment"].items():
        monkeypatch.setenv(name, value)

    assert read_settings().workers == 1


def test_secrets_reach_errand_from_files_alone(tmp_path: Path) -> None:
    """The entry point reads them, then becomes `errand` with the arguments that it was given."""
    for name, value in {"database_password": "0123abc\n", "errand_secret": "4567def\n"}.items():
        (tmp_path / name).write_text(value, encoding="ascii")
    errand = tmp_path / "errand"
    errand.write_text('#!/bin/sh\nprintf "%s|" "$ERRAND_DATABASE_URL" "$ERRAND_SECRET" "$@"\n', encoding="ascii")
    errand.chmod(0o755)
    command = [
        word.replace("$$", "$").replace("/run/secrets", str(tmp_path)) for word in SERVICES["errand"]["entrypoint"]
    ]

    done = subprocess.run(
        [*command, "keys", "create", "a name"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    url, secret, *arguments, _ = done.stdout.split("|")
    assert secret == "4567def"  # noqa: S105  (made up above)
    assert arguments == ["keys", "create", "a name"]
    database = parse_url(url)
    assert (database.host, database.username, database.password) == ("postgres", "errand", "0123abc")
    assert database.host in SERVICES
    assert database.database == SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert database.username == SERVICES["postgres"]["environment"]["POSTGRES_USER"]


def test_secrets_are_kept_out_of_the_repository() -> None:
    """Their folder is one that git passes over, and every file in it is mounted somewhere."""
    files = {name: Path(secret["file"]) for name, secret in COMPOSE["secrets"].items()}

    assert {path.parent.as_posix() for path in files.values()} == {"secrets"}
    assert "/secrets/" in (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {name for service in SERVICES.values() for name in service["secrets"]} == files.keys()
    for service in SERVICES.values():
        assert not [name for name in service["environment"] if name.endswith(("PASSWORD", "SECRET"))]
