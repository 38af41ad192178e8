"""Times in which a region's probers were away."""

from django.db import models

from monitors.rules import evidence_age


class Absence(models.Model):
    """A time in which nobody probed from a region; written by the first who is back.

    Instants are seconds since the epoch.
    """

    region = models.CharField(max_length=40)
    began = models.FloatField()
    ended = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "began"], name="one_absence_each")]

    def __str__(self) -> str:
        return f"{self.region}: away for {self.ended - self.began:.0f} s"

    @property
    def period(self) -> evidence_age.Absence:
        return evidence_age.Absence(self.began, self.ended)
