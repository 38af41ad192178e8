"""What a person reads who chooses the kind of a new monitor: one sentence each."""

SENTENCES = {
    "endpoint": "Requests a URL and checks status code, content and certificate.",
    "ping": "Sends ICMP packets to a host and measures loss and latency.",
    "tcp": "Connects to a port and can check what the server answers.",
    "dns": "Looks a name up and compares the records.",
    "certificate": "Warns before a TLS certificate expires.",
    "heartbeat": "Expects a ping from a job, and reports when it does not come.",
    "external": "Receives the alerts of Alertmanager, Grafana or another system.",
    "manual": "Has the status that you set; nothing is checked.",
    "grpc": "Asks a gRPC server for its health.",
    "websocket": "Opens a WebSocket and waits for a message.",
    "smtp": "Greets a mail server, with TLS and sign-in if you like.",
    "imap": "Signs in to a mail server and opens a mailbox.",
    "ssh": "Checks that an SSH server answers, and its version.",
    "postgresql": "Connects to a database and runs one read-only query.",
    "redis": "Connects to Redis and sends a PING.",
    "mqtt": "Connects to an MQTT broker.",
    "storage": "Checks a bucket, or writes and deletes a test object.",
    "container": "Watches containers of a Docker engine.",
    "readers": "Watches how many readers of a consumer group are live.",
}
FIRST = frozenset({
    "url", "host", "port", "name", "record_type", "expected", "expected_status", "group", "period",
    "cron", "grace", "container", "label", "bucket", "query", "assertions",
})  # fmt: skip
"""Settings that stand on the first part of the form; others are under Advanced, unless required."""
INTERVALS = (
    (10, "10 s"), (30, "30 s"), (60, "1 min"), (300, "5 min"), (900, "15 min"), (3600, "1 h"),
)  # fmt: skip
"""Suggested seconds between checks; any other may be entered."""
