"""`errand serve`: make everything ready, print the address, serve."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from service import __version__
from service.access.exposure import Exposure, find_exposure
from service.catalogue.schema import Catalogue
from service.cli.commands.interruption import ending_at_sigterm
from service.domain.clock import utc_now
from service.edition.startup import find_published, read_catalogue, require_servable
from service.errors import BundleError
from service.record.database import schema
from service.record.database.server_ready import wait_for_server
from service.server.connection import Connection
from service.server.listening import taken_address
from service.settings import Settings, make_home, read_settings
from service.understand.bundle import MANIFEST, is_of_another_format, read_manifest

GRACEFUL_SECONDS = 20
STARTUP_FAILURE = 3
"""Exit code of uvicorn's own command if its start fails."""
console = Console(stderr=True)


def serve(*, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve until SIGTERM or SIGINT. Raises an ErrandError with its mend before anything is begun."""
    settings = read_settings(host=host, port=port, workers=workers)
    with taken_address(settings.host, settings.port) as sockets:
        exposure = make_ready(settings)
        metrics_folder = share_metrics(settings)
        try:
            announce(settings, exposure)
            signal.signal(signal.SIGTERM, _stopped)  # uvicorn drains first, then raises the signal again
            run(settings, sockets)
        finally:
            if metrics_folder is not None:
                shutil.rmtree(metrics_folder, ignore_errors=True)


def make_ready(settings: Settings) -> Exposure:
    """Prepare database and bundle, and return the exposure. Raises an ErrandError with its mend."""
    make_home(settings)
    tell = partial(console.print, markup=False, highlight=False, soft_wrap=True)
    with ending_at_sigterm():
        wait_for_server(settings.resolved_database_url, seconds=settings.database_wait_seconds, tell=tell)
    exposure = find_exposure(settings, utc_now)
    report = None
    if (published := find_published(settings)) is None:
        report = read_catalogue(settings)
        ensure_bundle(settings, report.usable())
    else:
        told = f"Edition {published.edition_id} is published; folders that the settings name are not looked at."
        console.print(told, soft_wrap=True)
    require_servable(settings, report)
    if schema.upgrade(settings.resolved_database_url):
        console.print("Database migrated.")
    return exposure


def run(settings: Settings, sockets: list[socket.socket]) -> None:
    """Run the server until a signal. With several workers, a worker that dies is replaced."""
    for name in ("host", "port", "workers"):  # worker processes read settings for themselves
        os.environ[f"ERRAND_{name.upper()}"] = str(getattr(settings, name))
    config = uvicorn.Config(
        "service.main:create_app",
        factory=True,
        http=Connection,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ERRAND_TRUSTED_PROXIES decides whose X-Forwarded-For is believed
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Multiprocess(config, sockets=sockets).run()
            return
        server = uvicorn.Server(config)
        server.run(sockets=sockets)
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def ensure_bundle(settings: Settings, catalogue: Catalogue) -> None:
    """Build the bundle in the home folder if there is none, or if the catalogue's examples have changed since.

    A bundle that ERRAND_BUNDLE names is the operator's own, and is left as it is.
    """
    folder = settings.resolved_bundle
    if settings.bundle is not None or not _is_stale(folder, catalogue):
        return
    console.print("Building the bundle from the catalogue's examples (once, some seconds) …")
    # The builder runs in a process of its own, so that its modules take no memory while the bundle is served.
    with ending_at_sigterm():  # stopped half-way, the builder is stopped as well
        built = subprocess.run([sys.executable, "-m", "service.cli", "train"], check=False)
    if built.returncode:
        raise BundleError("The bundle could not be built; see the message above.")


def _stopped(_: int, __: object) -> None:
    raise SystemExit(0)


def _is_stale(folder: Path, catalogue: Catalogue) -> bool:
    if not (folder / MANIFEST).exists() or is_of_another_format(folder):
        return True
    return bool(read_manifest(folder).provenance.get("rows") != catalogue.training_fingerprint())


def share_metrics(settings: Settings) -> Path | None:
    """Make a folder in which several workers add up their metrics. Workers must know it before they start."""
    if settings.workers == 1:
        return None
    folder = Path(tempfile.mkdtemp(prefix="errand-metrics-"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


def announce(settings: Settings, exposure: Exposure) -> None:
    """Print the address, a first request to try, and whether callers need a key."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    key = " -H 'Authorization: Bearer errand_…'" if exposure.needs_key else ""
    lines = (
        f"Errand {__version__} serves at {address}   (docs: {address}/docs)",
        f"""try: curl -s {address}/intent{key} -H 'Content-Type: application/json' """
        """-d '{"text": "where is my parcel?"}'""",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(access_rule(settings, exposure), soft_wrap=True)


def access_rule(settings: Settings, exposure: Exposure) -> str:
    if exposure.needs_key and exposure.has_usable_key:
        return "Who calls needs a key. See: errand keys list"
    if exposure.needs_key:
        return "[yellow]Every key has expired, so nobody may call.[/] Make one with: errand keys create"
    if settings.unguarded:
        return "[yellow]Unguarded: anyone who reaches this address may call it.[/]"
    return "There is no key yet: this machine alone may call. Make one with: errand keys create"
