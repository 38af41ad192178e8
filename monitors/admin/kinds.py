"""What a person reads who chooses the kind of a new monitor: one sentence each."""

from django.utils.translation import gettext_noop

SENTENCES = {
    "endpoint": gettext_noop("Requests a URL and checks status code, content and certificate."),
    "ping": gettext_noop("Sends ICMP packets to a host and measures loss and latency."),
    "tcp": gettext_noop("Connects to a port and can check what the server answers."),
    "dns": gettext_noop("Looks a name up and compares the records."),
    "certificate": gettext_noop("Warns before a TLS certificate expires."),
    "domain": gettext_noop("Warns before the registration of a domain ends."),
    "heartbeat": gettext_noop("Expects a ping from a job, and reports when it does not come."),
    "external": gettext_noop("Receives the alerts of Alertmanager, Grafana or another system."),
    "number": gettext_noop("Receives numbers, and compares each with thresholds."),
    "manual": gettext_noop("Has the status that you set; nothing is checked."),
    "grpc": gettext_noop("Asks a gRPC server for its health."),
    "websocket": gettext_noop("Opens a WebSocket and waits for a message."),
    "smtp": gettext_noop("Greets a mail server, with TLS and sign-in if you like."),
    "imap": gettext_noop("Signs in to a mail server and opens a mailbox."),
    "ssh": gettext_noop("Checks that an SSH server answers, and its version."),
    "postgresql": gettext_noop("Connects to a database and runs one read-only query."),
    "mysql": gettext_noop("Connects to MySQL or MariaDB and runs one read-only query."),
    "redis": gettext_noop("Connects to Redis and sends a PING."),
    "mqtt": gettext_noop("Connects to an MQTT broker."),
    "upstream": gettext_noop("Takes over what another status page says, or one of its components."),
    "storage": gettext_noop("Checks a bucket, or writes and deletes a test object."),
    "container": gettext_noop("Watches containers of a Docker engine."),
    "readers": gettext_noop("Watches how many readers of a consumer group are live."),
}
FIRST = frozenset({
    "url", "host", "port", "name", "record_type", "expected", "expected_status", "group", "period",
    "cron", "grace", "container", "label", "bucket", "query", "assertions",
    "format", "component", "measures", "unit", "degraded_above", "down_above", "silence",
})  # fmt: skip
"""Settings that stand on the first part of the form; others are under Advanced, unless required."""
INTERVALS = (
    (10, "10 s"), (30, "30 s"), (60, "1 min"), (300, "5 min"), (900, "15 min"), (3600, "1 h"),
)  # fmt: skip
"""The usual seconds between checks; any other may be entered."""
