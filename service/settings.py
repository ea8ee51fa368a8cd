"""Settings, read from the environment (`ERRAND_…`) when the service starts and never again."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import SettingsError

LIMIT_STORES = ("valkey", "valkeys", "redis", "rediss")


def _names(text: object) -> object:
    return tuple(name.strip() for name in text.split(",") if name.strip()) if isinstance(text, str) else text


def _brokers(url: SecretStr | None) -> SecretStr | None:
    addresses = [] if url is None else url.get_secret_value().split(",")
    if not all(address.strip().startswith(("nats://", "tls://")) for address in addresses):
        raise ValueError("begin every address with nats:// or tls://")
    return url


def _limit_store(url: SecretStr | None) -> SecretStr | None:
    if url is not None and not _names_limit_store(url.get_secret_value()):
        raise ValueError("write it as valkey://user:password@host:6379/0; redis is as good, valkeys and rediss use TLS")
    return url


def _names_limit_store(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in LIMIT_STORES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its message may quote a password
        return False


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
    database_wait_seconds: Annotated[float, Field(ge=0, le=3_600)] = 60.0
    """How long `errand serve` waits at its start for a database that cannot be reached; 0: it refuses at once."""
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
    events_url: Annotated[SecretStr | None, AfterValidator(_brokers)] = None
    """`nats://` or `tls://` addresses of JetStream, separated by commas, for announcements; empty: none are made."""
    events_credentials: Path | None = None
    """A credentials file of NATS, where user and password are not in the address."""
    unguarded: bool = False
    """Serve other addresses than loopback without a key, although anyone who reaches them may call."""
    limits_url: Annotated[SecretStr | None, AfterValidator(_limit_store)] = None
    """`valkey://` or `redis://` address (with TLS: `valkeys://`, `rediss://`) where limits are counted for all workers
    and replicas together; empty: each worker counts its own."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_names)] = ()
    """Addresses and networks, separated by commas, of proxies whose X-Forwarded-For is believed."""
    encoder_threads: Annotated[int, Field(ge=0, le=64)] = 0
    """0: one for each usable core, shared among the workers."""
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = 1_024
    """Contacts admitted at once to a worker, those that wait included; one more is refused with 503."""
    deadline_ms: Annotated[int, Field(ge=10, le=60_000)] = 1_000
    """Time for one contact when the request names none; then the lexical head answers alone."""
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    """After SIGTERM `/readyz` says no at once; so long contacts are still taken, until whoever sends them has heard."""
    body_seconds: Annotated[float, Field(ge=0.1, le=600)] = 10.0
    """Time for a request's body to come; then it is refused, and its connection closed."""
    idempotency_hours: Annotated[int, Field(ge=24, le=24 * 365)] = 24
    spool_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256
    """Megabytes of decisions kept in `home`/spool while the database is away; 0: then they are refused instead."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    access_log: bool = False
    """One line a request; without it, decisions and failures alone are logged."""

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can call, and nobody has said that this is meant to be."""
        return not self.unguarded and not _is_loopback(self.host)

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'errand.db').resolve()}"

    @property
    def spool_folder(self) -> Path:
        return self.home / "spool"

    @property
    def bundles_folder(self) -> Path:
        """Where bundles that were published are kept."""
        return self.home / "bundles"

    @property
    def resolved_bundle(self) -> Path:
        return self.bundle or self.home / "bundle"

    @property
    def fulfil_secrets(self) -> tuple[str, ...]:
        """Every secret that a call is signed with."""
        given = "" if self.fulfil_secret is None else self.fulfil_secret.get_secret_value()
        return tuple(secret.strip() for secret in given.split(",") if secret.strip())

    @property
    def resolved_events_url(self) -> str | None:
        """`None` where nothing is to be announced."""
        return None if self.events_url is None else self.events_url.get_secret_value()

    @property
    def resolved_limits_url(self) -> str | None:
        """`None` where each worker counts by itself."""
        return None if self.limits_url is None else self.limits_url.get_secret_value()

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
