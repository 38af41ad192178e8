"""Tables of what people of the admin chose, of first steps, and of what they may not edit."""

from django.conf import settings
from django.db import models


class StaffPreferences(models.Model):
    """The language and the time zone in which a person wants the admin.

    Without a language it is what the browser asks for; without a zone, UTC.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    tag = models.CharField(max_length=20, blank=True)
    """Of the language."""
    time_zone = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        db_table = "statuspage_stafflanguage"
        verbose_name_plural = "staff preferences"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.tag} {self.time_zone}".rstrip()


class SetupStep(models.Model):
    """A first step that nothing else tells of: a mail that was tried, a choice that was made, or
    that the card of first steps is hidden."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class CatalogueMark(models.Model):
    """A row that a catalogue document describes, which people edit only when it is unlocked."""

    section = models.CharField(max_length=40)
    row = models.CharField(max_length=64)
    """Its primary key."""
    source = models.CharField(max_length=200)
    """The name of the file, or of the token that applied it."""
    unlocked = models.BooleanField(default=False)
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "row"], name="one_mark_per_row")]

    def __str__(self) -> str:
        return f"{self.section}/{self.row}: {self.source}"


class BreakGlass(models.Model):
    """A one-time way in for one person, which the machine's administrator made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for {self.user_id} until {self.expires_at:%Y-%m-%d %H:%M:%S}"
