"""Monitors, agents and readers in the admin; Django imports this, modules register theirs."""

from monitors.admin import agents, alert_rules, monitors  # noqa: F401  (they register themselves)
