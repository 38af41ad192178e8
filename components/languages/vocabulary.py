"""Texts that follow from stored words: a catalogue holds them though no source spells them out.

A test compares them with the words that they are of.
"""

from components.languages.words import msg

STATUSES = (
    msg("Operational"), msg("Under Maintenance"), msg("Unknown"), msg("Degraded"),
    msg("Partial Outage"), msg("Major Outage"),
)  # fmt: skip
STATES = (
    msg("Investigating"), msg("Identified"), msg("Monitoring"), msg("Resolved"), msg("Withdrawn"),
    msg("Reopened"), msg("Scheduled"), msg("In progress"), msg("Completed"), msg("Cancelled"),
    msg("Maintenance"), msg("Partial outage"), msg("Major outage"), msg("Retired"),
)  # fmt: skip
"""States of incidents and windows, and statuses as messages write them."""
IMPACTS = (msg("none"), msg("minimal"), msg("partial"), msg("major"))
LOWER_SEVERITIES = {
    "none": msg("none severity"),
    "minor": msg("minor severity"),
    "major": msg("major severity"),
    "critical": msg("critical severity"),
}
