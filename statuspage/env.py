"""Reads the settings from the environment, once, and refuses to start on a malformed one.

`OPTIONS` is the whole list: `docs/settings.md` is its table, kept complete by a test.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitors.references import Reference
from statuspage.env_values import (
    Option,
    count,
    flag,
    group_name,
    keys,
    machine_name,
    names,
    names_among,
    networks,
    path,
    port,
    references,
    site_url,
    url,
    word,
)
from statuspage.running import running_settings

PREFIX = "STATUSPAGE_"
INTERNAL = frozenset(
    {
        "STATUSPAGE_ROLE",  # which process of `up` this is
        "STATUSPAGE_PARENT",  # the process id of `up`
        "STATUSPAGE_REQUIRE",  # which counterparts the tests must not go without
    }
)


class SettingError(Exception):
    """A setting is malformed; the message names it and says what to write instead."""


OPTIONS: tuple[Option, ...] = (
    Option("STATUSPAGE_DATA_DIR", path, "var", "Folder for everything that `up` writes."),
    Option("STATUSPAGE_SITE_NAME", str, "Status", "Name shown on the page."),
    Option(
        "SITE_URL",
        site_url,
        "",
        "Public address; the only source of absolute links. Default: http://HOST:PORT of `up`.",
    ),
    Option(
        "DATABASE_URL",
        url("postgres", "postgresql", "sqlite"),
        "",
        "PostgreSQL, as postgres://user:password@host:5432/name. Default: SQLite in the data "
        "folder.",
        secret=True,
    ),
    Option(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "Optional broker for the workers' wake-ups; the database serves without it.",
        secret=True,
    ),
    Option(
        "EMAIL_URL",
        url("smtp", "smtp+tls", "smtp+ssl", "submission", "consolemail", "dummymail"),
        "",
        "Mail server, as smtp+tls://user:password@host:587. Default: no mail is sent.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECRET_KEY",
        str,
        "",
        "Signing key, the same on every machine. Default: made at first start and kept in the data "
        "folder, mode 0600.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECRET_KEYS",
        keys,
        "",
        "Keys that seal stored secrets, the newest first, separated by commas; the same on every "
        "machine. Default: made when first needed and kept in `secrets.keys` in the data folder, "
        "mode 0600.",
        secret=True,
    ),
    Option("STATUSPAGE_HOST", str, "127.0.0.1", "Address the listeners of `up` bind to."),
    Option("STATUSPAGE_PORT", port, "3000", "Public listener."),
    Option("STATUSPAGE_MANAGEMENT_PORT", port, "3001", "Management listener."),
    Option(
        "STATUSPAGE_MANAGEMENT_HOST",
        str,
        "127.0.0.1",
        "Address of the management listener; it tells about the inside, so keep it private.",
    ),
    Option(
        "STATUSPAGE_INTERNAL_PORT",
        port,
        "3005",
        "Internal listener: for agents, readers and heartbeats only.",
    ),
    Option("STATUSPAGE_INTERNAL_HOST", str, "127.0.0.1", "Address of the internal listener."),
    Option(
        "STATUSPAGE_READINESS",
        names_among("openai", "vertex", "snowflake"),
        "",
        "Readiness listeners to open, separated by commas: openai, vertex, snowflake.",
    ),
    Option("STATUSPAGE_OPENAI_PORT", port, "3003", "Readiness as OpenAI: `/v1/models`."),
    Option("STATUSPAGE_VERTEX_PORT", port, "3002", "Readiness as Vertex AI: `/health`."),
    Option("STATUSPAGE_SNOWFLAKE_PORT", port, "3004", "Readiness as Snowflake: `/healthcheck`."),
    Option("STATUSPAGE_ENABLE_METRICS", flag, "true", "`/metrics` on the management listener."),
    Option("STATUSPAGE_ECHO", flag, "false", "Log each request's line."),
    Option(
        "STATUSPAGE_ALLOW_REMOTE_IMAGES",
        flag,
        "false",
        "Whether public messages may show images from other hosts, by https.",
    ),
    Option("STATUSPAGE_SERVER", word("uvicorn", "daphne"), "uvicorn", "ASGI server of `up`."),
    Option(
        "STATUSPAGE_ALLOWED_HOSTS",
        names,
        "",
        "Host names the admin answers to, separated by commas. Default: that of SITE_URL and "
        "this machine's loopback names.",
    ),
    Option("STATUSPAGE_DEBUG", flag, "false", "Django's debug pages; never in production."),
    Option(
        "STATUSPAGE_REGION",
        str,
        "global",
        "Code of the region that this machine's workers probe from.",
    ),
    Option(
        "STATUSPAGE_MACHINE",
        machine_name,
        "",
        "Name of this machine among those that share the database. Default: its host name.",
    ),
    Option(
        "STATUSPAGE_HEARTBEAT_CHECK_INTERVAL",
        count(1, 60),
        "1",
        "Seconds between looks at the ages of heartbeats.",
    ),
    Option(
        "STATUSPAGE_READER_MESSAGE_TIMEOUT_MS",
        count(50, 60_000),
        "500",
        "Milliseconds an agent's report may take before the listener gives up on it.",
    ),
    Option(
        "STATUSPAGE_RESERVED_CONSUMERS",
        group_name,
        "primary",
        "Consumer group kept free for notifications: no probe may join it.",
    ),
    Option(
        "STATUSPAGE_PROBE_SHIFTS",
        count(1, 16),
        "1",
        "How many probe shifts run at a time; one carries 1,000 monitors at 10 s with ease.",
    ),
    Option(
        "STATUSPAGE_PRIVATE_TARGETS",
        flag,
        "true",
        "Whether monitors may watch private and loopback addresses; metadata addresses never.",
    ),
    Option(
        "STATUSPAGE_ALLOWED_NETWORKS",
        networks,
        "",
        "Private networks open to monitors all the same, as CIDR, separated by commas.",
    ),
    Option(
        "STATUSPAGE_REFERENCE_TARGETS",
        references,
        "",
        "What always answers while this machine has a network, as HOST:PORT or https://HOST, "
        "separated by commas: asked when checks fail, so that the loss of our own network is never "
        "taken for an outage. Default: none, and every failure counts.",
    ),
    Option(
        "STATUSPAGE_REFERENCE_QUORUM",
        count(1, 100),
        "1",
        "How many of the reference targets must answer for the network to be there.",
    ),
    Option(
        "STATUSPAGE_BODY_SIZE_LIMIT_BYTES",
        count(1024, 1 << 30),
        "2097152",
        "Larger request bodies are answered 413.",
    ),
    Option(
        "STATUSPAGE_CONTAINER_SOCKETS",
        names,
        "",
        "Container engines that monitors may ask, as unix:///path or tcp://host:port, separated "
        "by commas. Whoever may talk to such a socket rules its machine; this product only reads.",
    ),
    Option(
        "STATUSPAGE_PING_BODY_BYTES",
        count(0, 1_000_000),
        "10000",
        "How much of what is sent with a ping is kept; the rest is cut.",
    ),
    Option(
        "STATUSPAGE_REPOSITORY_PATH",
        path,
        "",
        "Where the page's static copy is written. Default: `repository` in the data folder.",
    ),
    Option(
        "STATUSPAGE_RESULTS_HOURS",
        count(1, 24 * 365),
        "48",
        "How many hours single check results are kept.",
    ),
    Option(
        "STATUSPAGE_MINUTE_ROWS_DAYS",
        count(8, 366),
        "14",
        "How many days what they add up to is kept for each minute.",
    ),
    Option(
        "STATUSPAGE_HOUR_ROWS_DAYS",
        count(8, 36_600),
        "730",
        "How many days it is kept for each hour; for each day, it is kept for ever.",
    ),
)
_BY_NAME = {option.name: option for option in OPTIONS}


class Settings:
    """The values in force, by the option's name in lower case without the prefix."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._refuse_unknown_names()
        self._values: dict[str, Any] = {}
        self.data_dir: Path = self._value("STATUSPAGE_DATA_DIR")
        self._adopt_running_settings()
        self._read_listeners()
        self.site_name: str = self._value("STATUSPAGE_SITE_NAME")
        self.site_url: str = self._value("SITE_URL") or f"http://{self.host}:{self.port}"
        self.database_url: str = self._value("DATABASE_URL")
        self.redis_url: str = self._value("REDIS_URL")
        self.email_url: str = self._value("EMAIL_URL")
        self.secret_key: str = self._value("STATUSPAGE_SECRET_KEY")
        self.secret_keys: tuple[str, ...] = self._value("STATUSPAGE_SECRET_KEYS")
        self.allowed_hosts: tuple[str, ...] = self._value("STATUSPAGE_ALLOWED_HOSTS")
        self.debug: bool = self._value("STATUSPAGE_DEBUG")
        self.region: str = self._value("STATUSPAGE_REGION")
        self.machine: str = self._value("STATUSPAGE_MACHINE")
        self.heartbeat_check_interval: int = self._value("STATUSPAGE_HEARTBEAT_CHECK_INTERVAL")
        self.reserved_consumers: str = self._value("STATUSPAGE_RESERVED_CONSUMERS")
        self.probe_shifts: int = self._value("STATUSPAGE_PROBE_SHIFTS")
        self.private_targets: bool = self._value("STATUSPAGE_PRIVATE_TARGETS")
        self.allowed_networks: tuple[str, ...] = self._value("STATUSPAGE_ALLOWED_NETWORKS")
        self.container_sockets: tuple[str, ...] = self._value("STATUSPAGE_CONTAINER_SOCKETS")
        self.ping_body_bytes: int = self._value("STATUSPAGE_PING_BODY_BYTES")
        self.results_hours: int = self._value("STATUSPAGE_RESULTS_HOURS")
        self.minute_rows_days: int = self._value("STATUSPAGE_MINUTE_ROWS_DAYS")
        self.hour_rows_days: int = self._value("STATUSPAGE_HOUR_ROWS_DAYS")
        self.repository_path: Path = (
            self._value("STATUSPAGE_REPOSITORY_PATH")
            if self._text("STATUSPAGE_REPOSITORY_PATH")
            else self.data_dir / "repository"
        )
        self.role = self._environ.get("STATUSPAGE_ROLE", "")

    def _read_listeners(self) -> None:
        self.host: str = self._value("STATUSPAGE_HOST")
        self.port: int = self._value("STATUSPAGE_PORT")
        self.management_host: str = self._value("STATUSPAGE_MANAGEMENT_HOST")
        self.management_port: int = self._value("STATUSPAGE_MANAGEMENT_PORT")
        self.internal_host: str = self._value("STATUSPAGE_INTERNAL_HOST")
        self.internal_port: int = self._value("STATUSPAGE_INTERNAL_PORT")
        self.readiness: tuple[str, ...] = self._value("STATUSPAGE_READINESS")
        self.openai_port: int = self._value("STATUSPAGE_OPENAI_PORT")
        self.vertex_port: int = self._value("STATUSPAGE_VERTEX_PORT")
        self.snowflake_port: int = self._value("STATUSPAGE_SNOWFLAKE_PORT")
        self.enable_metrics: bool = self._value("STATUSPAGE_ENABLE_METRICS")
        self.echo: bool = self._value("STATUSPAGE_ECHO")
        self.allow_remote_images: bool = self._value("STATUSPAGE_ALLOW_REMOTE_IMAGES")
        self.server: str = self._value("STATUSPAGE_SERVER")
        self.reference_targets: tuple[Reference, ...] = self._value("STATUSPAGE_REFERENCE_TARGETS")
        self.reference_quorum: int = self._value("STATUSPAGE_REFERENCE_QUORUM")
        self.body_size_limit_bytes: int = self._value("STATUSPAGE_BODY_SIZE_LIMIT_BYTES")
        self.reader_message_timeout_ms: int = self._value("STATUSPAGE_READER_MESSAGE_TIMEOUT_MS")

    def _refuse_unknown_names(self) -> None:
        known = set(_BY_NAME) | INTERNAL
        for name in self._environ:
            base = name.removesuffix("_FILE")
            if name.startswith(PREFIX) and name not in known and base not in known:
                near = difflib.get_close_matches(name, sorted(known), n=1)
                hint = f"; did you mean {near[0]}?" if near else "; see docs/settings.md"
                raise SettingError(f"{name} is not a setting{hint}")

    def _text(self, name: str) -> str:
        """The variable's text; a secret may stand in a file that `NAME_FILE` points to."""
        text = self._environ.get(name, "")
        path = self._environ.get(f"{name}_FILE", "")
        if path and text:
            raise SettingError(f"{name} and {name}_FILE are both set; keep one")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingError(f"{name}_FILE: {path} cannot be read: {error}") from None
        return text.strip()

    def _value(self, name: str) -> Any:
        option = _BY_NAME[name]
        text = self._text(name)
        try:
            return option.read(text or option.default)
        except ValueError as error:
            shown = "its value" if option.secret else repr(text)
            raise SettingError(f"{name}: {shown} will not do: {error}") from None

    def given(self) -> dict[str, str]:
        """The settings that were given, as they were given, by their names."""
        return {name: text for name in _BY_NAME if (text := self._text(name))}

    def _adopt_running_settings(self) -> None:
        """Use the settings of the `up` that runs on this data folder, unless told otherwise.

        `up` leaves a note of them while it runs, so that a command given nothing but the data
        folder does not quietly open another database, or publish under another name.
        """
        for name, value in running_settings(self.data_dir).items():
            if name in _BY_NAME and not self._text(name):
                self._environ[name] = value
