"""The parts of an alert that a mapping of JSON paths names, and where they are unless it does."""

DEFAULTS = {
    "alerts": "$",
    "fingerprint": "$.id",
    "status": "$.status",
    "name": "$.name",
    "reason": "$.message",
    "severity": "$.severity",
    "labels": "$.labels",
    "started_at": "$.started_at",
    "ends_at": "$.ended_at",
    "firing": "firing, down, alert, alarm, alerting, critical, error, failed, triggered, open"
    ", true",
    "resolved": "resolved, up, ok, normal, recovered, closed, good, success, false",
}
WORDS = ("firing", "resolved")
"""These are lists of words and no paths."""
