"""The settings by which the product is observed, and its people reached; a part of the table in
`options.py`."""

from statuspage.config.otlp_values import collector, header_pairs
from statuspage.config.parsers import Option, contacts, flag, minutes_by_severity, url, word

OBSERVING_OPTIONS: tuple[Option, ...] = (
    Option(
        "STATUSPAGE_QUIET_MINUTES",
        minutes_by_severity,
        "critical=30,major=60,minor=240",
        "Minutes without a public update after which staff are reminded of an open incident, by "
        "severity, through the alert routes; again after twice as long. 0: never.",
    ),
    Option(
        "STATUSPAGE_LOG",
        word("text", "json"),
        "text",
        "How every process logs: text, or json for one JSON object a line.",
    ),
    Option(
        "STATUSPAGE_DEAD_MAN_URL",
        url("http", "https"),
        "",
        "Address that `beat` asks for every minute while probes and notifications make progress, "
        "at a service that raises the alarm when that stops. Default: none.",
        secret=True,
    ),
    Option(
        "STATUSPAGE_SECURITY_CONTACT",
        contacts,
        "",
        "Where researchers report weaknesses: mail addresses or https:// addresses, separated by "
        "commas; named in `/.well-known/security.txt`. Default: there is no such file.",
    ),
    Option(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        collector,
        "",
        "Collector of traces by OTLP over HTTP, as http://127.0.0.1:4318 (an extra); `/v1/traces` "
        "is appended. Default: no traces are made.",
        secret=True,
    ),
    Option(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        collector,
        "",
        "The same as a whole address, to which nothing is appended; goes before it.",
        secret=True,
    ),
    Option(
        "OTEL_EXPORTER_OTLP_HEADERS",
        header_pairs,
        "",
        "Headers that the collector asks for, as api-key=KEY, separated by commas.",
        secret=True,
    ),
    Option(
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        header_pairs,
        "",
        "The same for traces alone; goes before it.",
        secret=True,
    ),
    Option(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        str,
        "",
        "Only http/protobuf is spoken; with another one no traces are sent, and the start says so.",
    ),
    Option("OTEL_SERVICE_NAME", str, "", "The service's name in traces. Default: statuspage."),
    Option("OTEL_SDK_DISABLED", flag, "false", "true: no traces, whatever else is set."),
)
