"""Whether and where traces are sent, by OpenTelemetry's protocol over HTTP (an extra).

The settings have OpenTelemetry's own names. Of these the product reads what says where to and as
who; the rest (sampling, batches, timeout, compression, certificates) is read by the library.
"""

import importlib.util
import os
from typing import Any
from urllib.parse import urlsplit

from statuspage.config.env import Settings

ROLES = ("web", "beat", "probes", "notify")
"""Who sends traces. A command ends before it could."""
_SAY_SO = ("up", *ROLES)
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
_PROTOCOL = "http/protobuf"


def endpoint(settings: Settings) -> str:
    """Return the address that takes traces; '' if none is set."""
    if settings.otel_disabled:
        return ""
    base = settings.otlp_endpoint.rstrip("/")
    return settings.otlp_traces_endpoint or (f"{base}/v1/traces" if base else "")


def place(settings: Settings) -> str:
    """Return host and port of that address, without what in it may be secret."""
    return urlsplit(endpoint(settings)).netloc.rpartition("@")[2]


def trouble(settings: Settings) -> tuple[str, str]:
    """Return why no traces are sent although an address is set, and what to do; or two ''."""
    if not endpoint(settings):
        return "", ""
    signal = "TRACES_" if settings.otlp_traces_endpoint else ""
    begins = f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT is set, but no traces are sent: "
    if not all(map(_is_installed, _NEEDED)):
        return (
            f"{begins}the library OpenTelemetry is not installed",
            "pip install 'statuspage[tracing]', or make extras after make run; then restart",
        )
    if settings.otlp_protocol not in ("", _PROTOCOL):
        protocol = f"OTEL_EXPORTER_OTLP_PROTOCOL is {settings.otlp_protocol}"
        return (
            f"{begins}{protocol}, and the product speaks {_PROTOCOL} alone",
            "Leave it out, and name the collector's port for HTTP, mostly 4318; then restart.",
        )
    return "", ""


def warning_at_start(settings: Settings, *, role: str) -> str:
    """Return what `role` has to say of it as it starts; '' for nothing."""
    text, advice = trouble(settings)
    return f"{text}. {advice}" if text and role in _SAY_SO else ""


def destination(settings: Settings) -> dict[str, Any] | None:
    """Return what `statuspage.observability.traces` takes; None where nothing is sent."""
    if settings.role not in ROLES or not endpoint(settings) or trouble(settings)[0]:
        return None
    return {
        "endpoint": endpoint(settings),
        "place": place(settings),
        "headers": dict(settings.otlp_traces_headers or settings.otlp_headers),
        "service": settings.otel_service_name,
        "machine": settings.machine,
        "role": settings.role,
        # Unless it is set: what still waits when a role ends is lost.
        "batch_seconds": None if os.environ.get("OTEL_BSP_SCHEDULE_DELAY") else 1.0,
    }


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of what it is a part of
        return False
