"""Vantage points: whether a region's own network is there."""

from datetime import UTC, datetime

from django.db import models

from monitors.models.monitor import Region


class Vantage(models.Model):
    """A region's vantage point. Apart from `Region`, which people edit."""

    region = models.OneToOneField(
        Region, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    blind_since = models.FloatField(null=True)
    """Since when it has had no network, in seconds since the epoch; null while it has one."""

    def __str__(self) -> str:
        return f"{self.region_id}: {'blind' if self.blind_since else 'sees'}"

    @property
    def blind_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.blind_since, UTC) if self.blind_since else None
