"""Who asked to be told."""

from django.db import models

from components.models import Component


class Subscriber(models.Model):
    """Somebody who asked for mail. Nothing is sent to an address that was not confirmed."""

    email = models.EmailField(unique=True)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    components = models.ManyToManyField(
        Component, related_name="+", blank=True, help_text="Empty: everything."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email
