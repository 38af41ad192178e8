"""The tables of what the people of the admin chose for themselves, and of setting up."""

from django.conf import settings
from django.db import models


class StaffLanguage(models.Model):
    """The language in which a person wants the admin; without a row, what the browser asks for."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    tag = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.tag}"


class SetupStep(models.Model):
    """A first step that nothing else tells of: a mail that was tried, a choice that was made, or
    that the card of first steps is hidden."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
