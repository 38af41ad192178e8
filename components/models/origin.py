"""Origins: what a row is in another system that it came from, so that it comes in only once."""

from django.db import models


class Origin(models.Model):
    """What another system calls `key` was brought in, as the row `object_id`.

    It stays when that row is deleted: what somebody deleted here does not come in again by itself.
    """

    system = models.CharField(max_length=60)
    """Which system, as whoever imports calls it: `kuma`, or another name for a second one."""
    kind = models.CharField(max_length=20)
    """What it is here: group, component, monitor, history (of a component), incident, page."""
    key = models.CharField(max_length=200)
    object_id = models.CharField(max_length=60)
    """The row's primary key, as text."""
    label = models.CharField(max_length=200, blank=True)
    """What it was called there when it came in; of a history, until when it reached."""
    created_at = models.DateTimeField(auto_now_add=True)
    gone_at = models.DateTimeField(null=True)
    """Since when the other system does not name it any more, where it is asked again and again."""
    found = models.JSONField(null=True)
    """A digest of each field as the other system said it last, where it is asked repeatedly."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "key"], name="one_row_per_origin")
        ]
        indexes = [
            # What the desk asks about: few of the many that an import leaves.
            models.Index(
                fields=["kind"], condition=models.Q(gone_at__isnull=False), name="origins_gone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of {self.system}"
