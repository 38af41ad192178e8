"""How every process logs: one configuration, one handler, one format."""

import logging
import logging.config
import os
import warnings
from collections.abc import Iterable
from typing import Any

from statuspage.observability import log_streams
from statuspage.observability.log_format import JSON, LineFormatter, role

OUR_LOGGERS = ("components", "monitors", "incidents", "maintenance", "subscribers", "statuspage")
_WITH_HANDLERS_OF_THEIR_OWN = ("django-q", "django", "django.server")
"""Others' loggers that would print past ours, each line twice or in a format of its own."""


def configuration(*, style: str, machine: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Return the configuration of logging, as `logging.config.dictConfig` takes it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": LineFormatter, "style": style, "machine": machine, "secrets": tuple(secrets)
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": "INFO"} for name in OUR_LOGGERS},
            **{
                name: {"handlers": [], "level": "WARNING", "propagate": True}
                for name in _WITH_HANDLERS_OF_THEIR_OWN
            },
        },
    }  # fmt: skip


def configure(configuration: dict[str, Any]) -> None:
    """Configure logging, as Django's LOGGING_CONFIG; warnings are lines of log, too."""
    log_streams.install(style=configuration["formatters"]["line"]["style"])
    logging.config.dictConfig(configuration)
    logging.captureWarnings(capture=True)
    # WhiteNoise reads the admin's few files in a thread, which is what Django warns of here.
    warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous", Warning)


def formatter() -> logging.Formatter | None:
    """Return the format of this process's lines."""
    handlers = logging.getLogger().handlers
    return next((each.formatter for each in handlers if each.formatter is not None), None)


def is_json() -> bool:
    """Return whether this process logs JSON."""
    known = formatter()
    return isinstance(known, LineFormatter) and known.is_json


def emergency_line(message: str) -> bytes:
    """Return a line for `os.write`, where a signal's handler can take no lock."""
    if os.environ.get("STATUSPAGE_LOG", "") != JSON:
        return f"{message}\n".encode()
    logger = f"statuspage.{role()}".rstrip(".")
    shown = log_streams.wrapped(message, level="ERROR", logger=logger, role=role())
    return f"{shown}\n".encode()
