"""Schemathesis asks a real service whatever its own OpenAPI document allows, and what it does not."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import httpx

from tests.support.bundles import clean_environment
from tests.support.server import running_server

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
BODY_SECONDS = "2"


def ask(schemathesis: Path, bundle: Path, *, cases: int, seed: int) -> bool:
    """Whether every answer is one that the document announces. The tool prints what it finds."""
    with tempfile.TemporaryDirectory(prefix="errand-fuzz-") as folder:
        home = Path(folder) / "home"
        with running_server(home, ERRAND_BUNDLE=str(bundle), ERRAND_BODY_SECONDS=BODY_SECONDS) as server:
            document = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
            operations = sum(len(methods) for methods in document["paths"].values())
            report = Path(folder) / "report.json"
            ran = subprocess.run(
                [
                    *(schemathesis, "run", f"{server.url}/openapi.json", "--no-color", "--warnings", "off"),
                    *("--checks", ",".join(CHECKS), "--max-examples", str(max(1, cases // (operations + 2)))),
                    *("--seed", str(seed), "--continue-on-failure", "--generation-database", "none"),
                    *("--report-json-path", report, "--request-timeout", "60"),
                ],
                cwd=folder,
                env=clean_environment(),
                check=False,
            )
            errors = [line for line in server.said.splitlines() if is_error(line)]
    print(*(f"LOGGED: {line}" for line in errors[:5]), sep="\n", end="")
    return ran.returncode == 0 and not errors


def is_error(line: str) -> bool:
    """Of a log line; other lines are for people."""
    try:
        return bool(json.loads(line).get("level") == "error")
    except (ValueError, AttributeError):
        return False
