"""Vantage points: whether the network and the name servers of a region's probers are there."""

from datetime import UTC, datetime

from django.db import models

from monitors.models.monitor import Region


class Vantage(models.Model):
    """A region's vantage point. Apart from `Region`, which people edit."""

    region = models.OneToOneField(
        Region, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    blind_since = models.FloatField(null=True)
    """Since when it has had no network or no name servers; null while it has both.

    In seconds since the epoch.
    """

    names_only = models.BooleanField(default=False)
    """Whether its network is there, and only its name servers do not answer."""

    def __str__(self) -> str:
        return f"{self.region_id}: {'blind' if self.blind_since else 'sees'}"

    @property
    def blind_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.blind_since, UTC) if self.blind_since else None


class ProberConnectivity(models.Model):
    """What one prober of a region, a machine or an agent, has last reported of its connectivity."""

    region = models.CharField(max_length=40)
    prober = models.CharField(max_length=200)
    """The machine's name, or the agent's."""
    seen = models.FloatField(default=0)
    """When it last reported, in seconds since the epoch."""
    blind_since = models.FloatField(null=True)
    names_only = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "prober"], name="one_connectivity_per_prober")
        ]

    def __str__(self) -> str:
        return f"{self.prober} in {self.region}: {'blind' if self.blind_since else 'sees'}"
