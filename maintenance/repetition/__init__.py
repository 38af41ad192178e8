"""Recurrence as people choose it: its form, the rule that it comes to, and when that falls."""
