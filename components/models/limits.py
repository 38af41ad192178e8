"""The table of rate limits."""

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
