"""What people are told of an incident or window that leaves the page before its end."""

from components.languages.words import msg

CALLED_OFF = {
    "incident.withdrawn": "incident.withdrawn",
    "incident.deleted": "incident.withdrawn",
    "maintenance.deleted": "maintenance.cancelled",
}
"""What is told, to those who were told before, of what left the page before its end."""
CALLED_OFF_TEXTS = {
    "incident.withdrawn": msg("This incident was withdrawn and is no longer on our status page."),
    "maintenance.cancelled": msg(
        "This maintenance was called off and is no longer on our status page."
    ),
}
CANCELLED_TEXT = msg("This maintenance was called off.")
"""What is told of a window that is called off without a reason; its page stays."""
FINAL_STATES = {"incident.withdrawn": "withdrawn", "maintenance.cancelled": "cancelled"}
ENDS = {"incident.resolved", "maintenance.ended", *FINAL_STATES}
