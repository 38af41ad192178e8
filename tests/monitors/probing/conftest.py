"""Fixtures for tests of verdicts."""

from tests.monitors.stalls import no_stalls, stalls

__all__ = ["no_stalls", "stalls"]
