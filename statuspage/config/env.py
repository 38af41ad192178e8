"""The settings, read from the environment once; a malformed one refuses to start.

`options.py` lists them.
"""

import difflib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitors.probing.reference_targets import Reference
from statuspage.config import oidc
from statuspage.config.options import OPTIONS
from statuspage.config.parsers import Option
from statuspage.config.running_note import running_settings

PREFIX = "STATUSPAGE_"
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104  (compared, not bound)
INTERNAL = frozenset(
    {
        "STATUSPAGE_ROLE",  # which process of `up` this is
        "STATUSPAGE_PARENT",  # the process id of `up`
        "STATUSPAGE_REQUIRE",  # which counterparts the tests must not go without
    }
)

Headers = tuple[tuple[str, str], ...]


class SettingError(Exception):
    """A setting is malformed; the message names it and says what to write instead."""


_BY_NAME = {option.name: option for option in OPTIONS}


def _option(name: str) -> Option | None:
    return _BY_NAME.get(name) or oidc.field_option(name)


class Settings:
    """The values in force, by the option's name in lower case without the prefix."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._refuse_unknown_names()
        self._values: dict[str, Any] = {}
        self.data_dir: Path = self._value("STATUSPAGE_DATA_DIR")
        self._adopt_running_settings()
        self._read_listeners()
        self._read_networks()
        self.site_name: str = self._value("STATUSPAGE_SITE_NAME")
        self.site_url: str = self._value("SITE_URL") or self._local_url()
        self._read_database()
        self._read_broker()
        self.email_url: str = self._value("EMAIL_URL")
        self._read_sending()
        self.secret_key: str = self._value("STATUSPAGE_SECRET_KEY")
        self.secret_keys: tuple[str, ...] = self._value("STATUSPAGE_SECRET_KEYS")
        self.allowed_hosts: tuple[str, ...] = self._value("STATUSPAGE_ALLOWED_HOSTS")
        self.num_proxies: int = self._value("STATUSPAGE_NUM_PROXIES")
        self.debug: bool = self._value("STATUSPAGE_DEBUG")
        self.region: str = self._value("STATUSPAGE_REGION")
        self.agent_token: str = self._value("STATUSPAGE_AGENT_TOKEN")
        self.machine: str = self._value("STATUSPAGE_MACHINE")
        self.heartbeat_check_interval: int = self._value("STATUSPAGE_HEARTBEAT_CHECK_INTERVAL")
        self.reserved_consumers: str = self._value("STATUSPAGE_RESERVED_CONSUMERS")
        self.probe_shifts: int = self._value("STATUSPAGE_PROBE_SHIFTS")
        self.probers: tuple[str, ...] = self._value("STATUSPAGE_PROBERS")
        self._read_retention()
        self.repository_path: Path = (
            self._value("STATUSPAGE_REPOSITORY_PATH")
            if self._text("STATUSPAGE_REPOSITORY_PATH")
            else self.data_dir / "repository"
        )
        self.role = self._environ.get("STATUSPAGE_ROLE", "")
        self._read_sign_in()
        self._read_tracing()
        self._read_commands()

    def _read_retention(self) -> None:
        self.results_hours: int = self._value("STATUSPAGE_RESULTS_HOURS")
        self.minute_rows_days: int = self._value("STATUSPAGE_MINUTE_ROWS_DAYS")
        self.hour_rows_days: int = self._value("STATUSPAGE_HOUR_ROWS_DAYS")
        self.journal_days: int = self._value("STATUSPAGE_JOURNAL_DAYS")
        self.deliveries_days: int = self._value("STATUSPAGE_DELIVERIES_DAYS")
        self.alerts_days: int = self._value("STATUSPAGE_ALERTS_DAYS")

    def _read_sign_in(self) -> None:
        self.password_login: bool = self._value("STATUSPAGE_PASSWORD_LOGIN")
        self.second_factor: tuple[str, ...] = self._value("STATUSPAGE_SECOND_FACTOR")
        given = (name.removesuffix("_FILE") for name in self._environ)
        try:
            self.oidc_providers: tuple[oidc.OidcProvider, ...] = oidc.read_providers(
                self._value("STATUSPAGE_OIDC_PROVIDERS"),
                self._value,
                (name for name in given if oidc.field_option(name)),
            )
        except ValueError as error:
            raise SettingError(str(error)) from None

    def _read_commands(self) -> None:
        self.owner_name: str = self._value("STATUSPAGE_OWNER_NAME")
        self.owner_email: str = self._value("STATUSPAGE_OWNER_EMAIL")
        self.owner_password: str = self._value("STATUSPAGE_OWNER_PASSWORD")
        self.postgres_tools: str = self._value("STATUSPAGE_POSTGRES_TOOLS")

    def _read_database(self) -> None:
        self.database_url: str = self._value("DATABASE_URL")
        self.database_password: str = self._value("DATABASE_PASSWORD")
        if not self.database_password:
            return
        if not self.database_url.startswith("postgres"):
            raise SettingError(
                "DATABASE_PASSWORD is set without a PostgreSQL: set DATABASE_URL too, as"
                " postgres://user@host:5432/name"
            )
        if urlsplit(self.database_url).password:
            raise SettingError("DATABASE_URL and DATABASE_PASSWORD both have a password; keep one")

    def _local_url(self) -> str:
        """Return the address of `up` on its own machine; no browser reaches a wildcard."""
        host = "localhost" if self.host in _WILDCARDS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _read_broker(self) -> None:
        self.redis_url: str = self._value("REDIS_URL")
        # Now, for the workers would look for the broker for ever, and nothing would be probed.
        if self.redis_url and importlib.util.find_spec("redis") is None:
            raise SettingError(
                "REDIS_URL needs the library redis: pip install 'statuspage[redis]', or make extras"
                " after make run; or leave it out, for the database serves without"
            )

    def _read_sending(self) -> None:
        host = urlsplit(self.site_url).hostname
        self.mail_from: str = self._value("STATUSPAGE_MAIL_FROM") or f"status@{host}"
        self.bounce_address: str = self._value("STATUSPAGE_BOUNCE_ADDRESS")
        self.mail_webhook_secret: str = self._value("STATUSPAGE_MAIL_WEBHOOK_SECRET")
        self.mails_per_minute: int = self._value("STATUSPAGE_MAILS_PER_MINUTE")
        self.undo_seconds: int = self._value("STATUSPAGE_UNDO_SECONDS")
        self.quiet_minutes: dict[str, int] = self._value("STATUSPAGE_QUIET_MINUTES")
        self.notify_workers: int = self._value("STATUSPAGE_NOTIFY_WORKERS")

    def _read_networks(self) -> None:
        self.private_targets: bool = self._value("STATUSPAGE_PRIVATE_TARGETS")
        self.allowed_networks: tuple[str, ...] = self._value("STATUSPAGE_ALLOWED_NETWORKS")
        self.sns_topics: tuple[str, ...] = self._value("STATUSPAGE_SNS_TOPICS")
        self.hook_networks: tuple[str, ...] = self._value("STATUSPAGE_HOOK_NETWORKS")
        self.container_sockets: tuple[str, ...] = self._value("STATUSPAGE_CONTAINER_SOCKETS")
        self.targets_files: tuple[str, ...] = self._value("STATUSPAGE_TARGETS_FILES")
        self.discover_containers: bool = self._value("STATUSPAGE_DISCOVER_CONTAINERS")

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
        self.websocket_origins: tuple[str, ...] = self._value("STATUSPAGE_WEBSOCKET_ORIGINS")
        self.robots: str = self._value("STATUSPAGE_ROBOTS")
        self.security_contact: tuple[str, ...] = self._value("STATUSPAGE_SECURITY_CONTACT")
        self.server: str = self._value("STATUSPAGE_SERVER")
        self.web_processes: int = self._value("STATUSPAGE_WEB_PROCESSES")
        self.reference_targets: tuple[Reference, ...] = self._value("STATUSPAGE_REFERENCE_TARGETS")
        self.reference_quorum: int = self._value("STATUSPAGE_REFERENCE_QUORUM")
        self.body_size_limit_bytes: int = self._value("STATUSPAGE_BODY_SIZE_LIMIT_BYTES")
        self.api_requests_per_minute: int = self._value("STATUSPAGE_API_REQUESTS_PER_MINUTE")
        self.anonymous_requests_per_minute: int = self._value(
            "STATUSPAGE_ANONYMOUS_REQUESTS_PER_MINUTE"
        )
        self.ping_body_bytes: int = self._value("STATUSPAGE_PING_BODY_BYTES")
        self.log: str = self._value("STATUSPAGE_LOG")
        self.dead_man_url: str = self._value("STATUSPAGE_DEAD_MAN_URL")
        self.reader_message_timeout_ms: int = self._value("STATUSPAGE_READER_MESSAGE_TIMEOUT_MS")

    def _read_tracing(self) -> None:
        self.otel_disabled: bool = self._value("OTEL_SDK_DISABLED")
        self.otel_service_name: str = self._value("OTEL_SERVICE_NAME")
        self.otlp_endpoint: str = self._value("OTEL_EXPORTER_OTLP_ENDPOINT")
        self.otlp_traces_endpoint: str = self._value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        self.otlp_headers: Headers = self._value("OTEL_EXPORTER_OTLP_HEADERS")
        self.otlp_traces_headers: Headers = self._value("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
        self.otlp_protocol: str = self._value("OTEL_EXPORTER_OTLP_PROTOCOL")

    def _refuse_unknown_names(self) -> None:
        known = set(_BY_NAME) | INTERNAL
        for name in self._environ:
            base = name.removesuffix("_FILE")
            if oidc.field_option(base) is not None:
                continue
            if name.startswith(PREFIX) and name not in known and base not in known:
                matches = difflib.get_close_matches(name, sorted(known), n=1)
                hint = f"; did you mean {matches[0]}?" if matches else "; see docs/settings.md"
                raise SettingError(f"{name} is not a setting{hint}")

    def _text(self, name: str) -> str:
        """Return the variable's text; a secret may stand in a file that `NAME_FILE` points to."""
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
        option = _option(name)
        assert option is not None  # noqa: S101  (for mypy: names are written in this file)
        text = self._text(name)
        try:
            return option.read(text or option.default)
        except ValueError as error:
            shown = "its value" if option.secret else repr(text)
            raise SettingError(f"{name}: {shown} will not do: {error}") from None

    def given(self) -> dict[str, str]:
        """Return the settings that were given, as they were given, by their names."""
        fields = {name.removesuffix("_FILE") for name in self._environ}
        names = (*_BY_NAME, *sorted(name for name in fields if oidc.field_option(name)))
        return {name: text for name in names if (text := self._text(name))}

    def secret_texts(self) -> tuple[str, ...]:
        """Return the secret settings that were given, for the mask over what is logged."""
        return tuple(
            text
            for name, text in self.given().items()
            if (option := _option(name)) is not None and option.secret
        )

    def _adopt_running_settings(self) -> None:
        """Use the settings of the `up` that runs on this data folder, where none are given.

        `up` leaves a note of them while it runs, so that a command given nothing but the data
        folder does not quietly open another database, or publish under another name.
        """
        # A password belongs to its address.
        kept = {"DATABASE_PASSWORD"} if self._text("DATABASE_URL") else set()
        for name, value in running_settings(self.data_dir).items():
            if _option(name) and name not in kept and not self._text(name):
                self._environ[name] = value
