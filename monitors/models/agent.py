"""Remote agents, as stored by the server: which region each serves, and what it delivered."""

from django.db import models


class Agent(models.Model):
    """A remote probe process."""

    name = models.CharField(max_length=200, primary_key=True)
    region = models.CharField(max_length=40)
    seen = models.FloatField(default=0)
    """When it last asked for its assignments, in seconds since the epoch."""
    stream = models.CharField(max_length=36, blank=True, default="")
    """Its spool; another one counts from the beginning."""
    sequence = models.BigIntegerField(default=0)
    """The last batch of that spool that was stored."""

    def __str__(self) -> str:
        return f"{self.name} in {self.region}"
