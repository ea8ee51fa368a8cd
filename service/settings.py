"""Settings, read from the environment (`ERRAND_…`) when the service starts and never again."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import SettingsError


def _names(text: object) -> object:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if isinstance(text, str) else text


class Settings(BaseSettings):
    """Every setting with its default; `errand serve --help` and the README tell them to users."""

    model_config = SettingsConfigDict(
        env_prefix="ERRAND_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    home: Path = Path("./var")
    """Where the database, the secret, the bundle and caches live."""
    database_url: Annotated[str, Field(repr=False)] = ""
    """Empty: SQLite in `home`."""
    catalogue: Path | None = None
    """Folder of YAML; empty: `home`/catalogue where it exists, else the starter catalogue."""
    catalogue_variables: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Environment variables, separated by commas, that `${…}` in the catalogue's addresses may name."""
    bundle: Path | None = None
    """Folder of a bundle; empty: `home`/bundle, which `errand serve` builds and keeps in step with the catalogue."""
    secret: SecretStr | None = None
    """Key of all keyed hashes; empty: made once and kept in `home`/secret.key."""
    fulfil_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Hosts and networks, separated by commas, that http rungs may call although they are not public."""
    fulfil_secret: SecretStr | None = None
    """Signs calls to http rungs; while it is replaced there are two, separated by a comma. Empty: not signed."""
    unguarded: bool = False
    """Serve other addresses than loopback although anyone who reaches them may call."""
    encoder_threads: Annotated[int, Field(ge=0, le=64)] = 0
    """0: one for each usable core, shared among the workers."""
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = 512
    """Requests admitted at once to a worker; one more is refused with 503."""
    deadline_ms: Annotated[int, Field(ge=10, le=60_000)] = 1_000
    """Time for one contact when the request names none; then the lexical head answers alone."""
    idempotency_hours: Annotated[int, Field(ge=24, le=24 * 365)] = 24
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    access_log: bool = False
    """One line a request; without it, decisions and failures alone are logged."""

    @model_validator(mode="after")
    def _loopback_or_said_so(self) -> Self:
        if not self.unguarded and not _is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached by others and there are no keys; "
                "serve 127.0.0.1, or set ERRAND_UNGUARDED=true where something in front decides who may call"
            )
        return self

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'errand.db').resolve()}"

    @property
    def resolved_bundle(self) -> Path:
        return self.bundle or self.home / "bundle"

    @property
    def fulfil_secrets(self) -> tuple[str, ...]:
        """Every secret that a call is signed with."""
        given = "" if self.fulfil_secret is None else self.fulfil_secret.get_secret_value()
        return tuple(secret.strip() for secret in given.split(",") if secret.strip())

    @property
    def resolved_catalogue(self) -> Path | None:
        """The folder to load; `None` is the starter catalogue."""
        if self.catalogue is not None:
            return self.catalogue
        own = self.home / "catalogue"
        return own if own.is_dir() else None


def read_settings(**overrides: object) -> Settings:
    """Settings from the environment, with overrides that are not `None`. Raises SettingsError in one line."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(f"{message[0].upper()}{message[1:]}.") from None
        name = f"ERRAND_{str(first['loc'][0]).upper()}"
        raise SettingsError(f"{name} is not valid: {message[0].lower()}{message[1:]}.") from None


def make_home(settings: Settings) -> None:
    """Make the folder that everything is kept in. Raises SettingsError if it cannot be."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"ERRAND_HOME {settings.home} cannot be made: {error.strerror}.") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
