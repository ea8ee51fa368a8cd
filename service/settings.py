"""Settings, read from the environment (`ERRAND_…`) once, when the service starts."""

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
    """Every setting with its default. `errand config settings` prints the page that tells users about them."""

    model_config = SettingsConfigDict(
        env_prefix="ERRAND_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    home: Path = Path("./var")
    """Folder of the database, the secret, the bundle and the caches."""
    database_url: Annotated[str, Field(repr=False)] = ""
    """Empty: SQLite in `home`."""
    database_wait_seconds: Annotated[float, Field(ge=0, le=3_600)] = 60.0
    """Seconds that `errand serve` waits at its start for a database out of reach. 0: it ends at once instead."""
    catalogue: Path | None = None
    """Folder of YAML. Empty: `home`/catalogue if it exists, else the starter catalogue."""
    catalogue_variables: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Environment variables, separated by commas, that `${…}` in the catalogue's addresses may name."""
    bundle: Path | None = None
    """Folder of a bundle. Empty: `home`/bundle, which `errand serve` builds and keeps in step with the catalogue."""
    secret: SecretStr | None = None
    """Key of all keyed hashes. Empty: made once and kept in `home`/secret.key."""
    secret_previous: SecretStr | None = None
    """The secret before, during its replacement: numbers and addresses that were left for promises stay readable."""
    fulfil_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Hosts and networks, separated by commas, that http rungs may call although they are not public."""
    fulfil_secret: SecretStr | None = None
    """Signs calls to http rungs. During its replacement it is two, separated by a comma. Empty: calls are unsigned."""
    events_url: Annotated[SecretStr | None, AfterValidator(_brokers)] = None
    """`nats://` or `tls://` addresses of JetStream, separated by commas, for announcements. Empty: none are made."""
    events_credentials: Path | None = None
    """A credentials file of NATS, if user and password are missing from the address."""
    unguarded: bool = False
    """Serve other addresses than loopback without a key, although everyone within reach may then call."""
    limits_url: Annotated[SecretStr | None, AfterValidator(_limit_store)] = None
    """`valkey://` or `redis://` address (with TLS: `valkeys://`, `rediss://`) of the store that counts limits for all
    workers and replicas together. Empty: each worker counts its own."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_names)] = ()
    """Addresses and networks, separated by commas, of proxies whose X-Forwarded-For is believed."""
    encoder_threads: Annotated[int, Field(ge=0, le=64)] = 0
    """Threads of the encoder in each worker. 0: one for each usable core, shared among the workers."""
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = 1_024
    """Contacts admitted at once to a worker, including contacts that wait. One more is refused with 503."""
    deadline_ms: Annotated[int, Field(ge=10, le=60_000)] = 1_000
    """Milliseconds for one contact, unless the request names its own. After that, the lexical head answers alone."""
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    """Seconds after SIGTERM for which contacts are still taken, until senders have heard. `/readyz` is 503 at once."""
    body_seconds: Annotated[float, Field(ge=0.1, le=600)] = 10.0
    """Seconds for a request's body to come. After that, the request is refused and its connection closed."""
    idempotency_hours: Annotated[int, Field(ge=24, le=24 * 365)] = 24
    spool_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256
    """Megabytes of decisions kept in `home`/spool while the database is away. 0: decisions are refused instead."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    access_log: bool = False
    """One line for each request. Without it, only decisions and failures are logged."""

    @property
    def is_exposed(self) -> bool:
        """Whether other machines can call although `unguarded` is unset."""
        return not self.unguarded and not _is_loopback(self.host)

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'errand.db').resolve()}"

    @property
    def spool_folder(self) -> Path:
        return self.home / "spool"

    @property
    def bundles_folder(self) -> Path:
        """Folder of the bundles that were published."""
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
        """`None` if announcements are off."""
        return None if self.events_url is None else self.events_url.get_secret_value()

    @property
    def resolved_limits_url(self) -> str | None:
        """`None` if each worker counts by itself."""
        return None if self.limits_url is None else self.limits_url.get_secret_value()

    @property
    def resolved_catalogue(self) -> Path | None:
        """The folder to load. `None` stands for the starter catalogue."""
        if self.catalogue is not None:
            return self.catalogue
        own = self.home / "catalogue"
        return own if own.is_dir() else None


def read_settings(**overrides: object) -> Settings:
    """Read settings from the environment. Overrides that are not `None` win. Raises SettingsError in one line."""
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
    """Make the folder that everything is kept in. Raises SettingsError if that fails."""
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
