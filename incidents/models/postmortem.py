"""The post-mortem of an incident: a draft for staff until it is published."""

from django.db import models

from components.models import Versioned, edit_history
from components.text import ParagraphField
from incidents.models.incident import Incident


class PostMortem(Versioned):
    """The structured report on an incident, each part in Markdown."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="postmortem")
    impact = ParagraphField(
        max_length=20_000, blank=True, help_text="Who was affected, how, and for how long."
    )
    timeline = ParagraphField(max_length=20_000, blank=True)
    root_cause = ParagraphField(max_length=20_000, blank=True)
    actions = ParagraphField(
        max_length=20_000,
        blank=True,
        help_text="What will change so that it does not happen again.",
    )
    published_at = models.DateTimeField(null=True, editable=False)
    """Null while it is a draft."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = edit_history()

    class Meta:
        verbose_name = "post-mortem"

    def parts(self) -> list[tuple[str, str]]:
        """Return headings and texts, in the order in which they are read."""
        return [
            ("Impact", self.impact),
            ("Timeline", self.timeline),
            ("Root cause", self.root_cause),
            ("What will be different", self.actions),
        ]

    def __str__(self) -> str:
        return f"Post-mortem of {self.incident_id}"
