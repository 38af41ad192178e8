"""The tables of monthly reports: what was frozen, with all revisions, and the keys that sign."""

from django.db import models
from django.db.models import Q

from components.secrets.fields import SealedField


class ReportKey(models.Model):
    """A key that signs reports (Ed25519). One is in use; of former ones reports stay verifiable."""

    fingerprint = models.CharField(max_length=16, primary_key=True)
    """The beginning of the SHA-256 of its public half (DER)."""
    public = models.TextField()
    """Its public half as PEM."""
    private = SealedField()
    in_use = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["in_use"], condition=Q(in_use=True), name="one_report_key_in_use"
            )
        ]

    def __str__(self) -> str:
        return self.fingerprint


class FrozenReport(models.Model):
    """One revision of a page's report of a month, as the very bytes that were signed."""

    page = models.CharField(max_length=40)
    identity = models.CharField(max_length=36)
    """Of the page, so that another page of the same slug does not have it."""
    month = models.DateField()
    """Its first day."""
    revision = models.PositiveIntegerField()
    frozen_at = models.DateTimeField()
    document = models.TextField()
    """Canonical JSON."""
    sha256 = models.CharField(max_length=64, db_index=True)
    """Of the document's UTF-8."""
    signature = models.CharField(max_length=88)
    """In base64."""
    key = models.ForeignKey(ReportKey, on_delete=models.PROTECT, related_name="+")
    inputs = models.CharField(max_length=64)
    """The fingerprint of the history that it was last compared with."""

    class Meta:
        ordering = ["month", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "identity", "month", "revision"], name="one_report_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.month:%Y-%m}, revision {self.revision}"
