"""The journal's tables: every change, every reader's cursor, and the entries readers failed on."""

from django.db import models


class JournalEntry(models.Model):
    """One public or operator-visible change. Append-only; `id` is its sequence number."""

    kind = models.CharField(max_length=60)
    public = models.BooleanField()
    """Whether the public stream may carry it; decided when it is written."""
    subject_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=150, blank=True)
    """The user name of the person who did it; '' when the product itself did."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name = "journal entry"
        verbose_name_plural = "journal"
        indexes = [
            models.Index(fields=["kind", "id"], name="journal_by_kind"),
            # What the public may hear of, among every monitor's ups and downs.
            models.Index(fields=["id"], condition=models.Q(public=True), name="journal_public"),
            # The story of one object, asked for by people: without it the whole journal is read.
            models.Index(
                fields=["subject_id", "id"],
                condition=models.Q(subject_id__isnull=False),
                name="journal_by_subject",
            ),
            # What a person did, among what the product did by itself.
            models.Index(
                fields=["actor", "id"], condition=~models.Q(actor=""), name="journal_by_actor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class JournalCursor(models.Model):
    """One reader's position in the journal."""

    reader = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """Failed tries at the entry after `position`."""
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = "consumer"

    def __str__(self) -> str:
        return f"{self.reader} at {self.position}"


class SetAside(models.Model):
    """A dead letter: an entry that a reader failed on three times and then skipped."""

    reader = models.CharField(max_length=60)
    entry = models.ForeignKey(JournalEntry, on_delete=models.CASCADE, related_name="+")
    error = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "failed task"
        constraints = [
            models.UniqueConstraint(fields=["reader", "entry"], name="set_aside_once_per_reader")
        ]

    def __str__(self) -> str:
        return f"{self.reader} passed over {self.entry_id}"
