"""The tables of rate limits."""

from django.db import models


class LimitedUse(models.Model):
    """One use of something that is limited: a try to log in, a sign-up."""

    key = models.CharField(max_length=64)
    """A keyed hash of what is limited: people type passwords where a name belongs."""
    at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    """When it counts no more."""

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="limited_use_by_key")]

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%Y-%m-%d %H:%M:%S}"


class RequestCount(models.Model):
    """What one web process has counted in its latest window, for the others to read."""

    process = models.CharField(max_length=32, primary_key=True)
    window = models.BigIntegerField()
    """When the window began, in Unix time."""
    counts = models.JSONField(default=dict)
    """Requests by the keyed hash of the caller."""

    def __str__(self) -> str:
        return f"{self.process[:8]} in window {self.window}"
