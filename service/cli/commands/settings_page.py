"""`errand config settings`: the page of settings, as Markdown. `config` shows the settings in effect."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Final, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.cli.commands.config import PREFIX
from service.settings import Settings

HEAD: Final = """# Settings

Errand reads its settings from environment variables once, when it starts. Several values of one variable are separated
by commas. A port in use or a wrong setting is one line and exit code 2.

`errand config settings` prints this page. `errand config show` prints the values in effect, their origin, and variables
that have no effect. It shows no secret.

| Variable | Default | Allowed | Meaning |
|---|---|---|---|
"""
TAIL: Final = """
`home` stands for the folder that `ERRAND_HOME` names.

- `ERRAND_DATABASE_URL` is written as `postgresql://user@host/db`. [Sizing](sizing.md) counts its connections.
- `ERRAND_SECRET` is shared by all replicas, and by the machine that publishes. It stands with the other
  [secrets](operate/backup-upgrade-secrets.md#secrets).
- `ERRAND_FULFIL_ALLOW` holds for capacity probes as well as for calls.
- `ERRAND_BUNDLE` names a bundle of your own, which is never replaced.
- `ERRAND_LIMITS_URL` needs the extra `limits`, `ERRAND_EVENTS_URL` the extra `events`: see [extras](install.md#extras).
- `ERRAND_SPOOL_MB` is one limit for all workers of a home.
- A body that does not come within `ERRAND_BODY_SECONDS` is a 408.
- `ERRAND_CATALOGUE` and `ERRAND_BUNDLE` have no effect after an edition was published: see
  [editions](operate/editions.md).
"""
DERIVED: Final[Mapping[str, str]] = {
    "database_url": "SQLite in `home`",
    "catalogue": "`home`/catalogue, else the starter",
    "bundle": "`home`/bundle",
    "secret": "made once in `home`/secret.key",
}
"""Defaults that depend on other settings."""
MEANINGS: Final[Mapping[str, str]] = {
    "host": "Address to listen on.",
    "port": "Port to listen on.",
    "workers": "Worker processes. `/metrics` adds up over all of them.",
    "idempotency_hours": "Hours for which a repeated request gets the same answer as before.",
    "log_level": "Least severe level that is logged.",
    "log_format": "`json` is one JSON object a line. `console` is for people.",
}
"""Meanings of settings without a docstring."""


def settings_page() -> str:
    """Return the whole page. Raises LookupError if the meaning of a setting is missing."""
    documented = dict(_docstrings())
    rows = [_row(name, field, documented) for name, field in Settings.model_fields.items()]
    return HEAD + "".join(rows) + TAIL


def _row(name: str, field: FieldInfo, documented: Mapping[str, str]) -> str:
    meaning = field.description or documented.get(name) or MEANINGS[name]
    cells = (f"`{PREFIX}{name.upper()}`", _default(name, field), _allowed(field), " ".join(meaning.split()))
    return f"| {' | '.join(cells)} |\n"


def _default(name: str, field: FieldInfo) -> str:
    if name in DERIVED:
        return DERIVED[name]
    default = field.default
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Path):
        return f"`./{default}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _allowed(field: FieldInfo) -> str:
    """Return the range or the choices of a setting, or else the kind of its value."""
    bounds = {edge: getattr(each, edge) for each in field.metadata for edge in ("ge", "le") if hasattr(each, edge)}
    if bounds:
        return f"{bounds['ge']:,} to {bounds['le']:,}"
    choices = get_args(field.annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return ", ".join(f"`{choice}`" for choice in choices)
    if field.annotation is bool:
        return "`true`, `false`"
    return "a secret" if SecretStr in (field.annotation, *choices) else "text"


def _docstrings() -> Iterator[tuple[str, str]]:
    """Yield the string under each field. Pydantic reads it only if `use_attribute_docstrings` is set."""
    (declaration,) = ast.parse(dedent(inspect.getsource(Settings))).body
    body = declaration.body if isinstance(declaration, ast.ClassDef) else []
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            yield field.target.id, str(ast.literal_eval(below.value))
