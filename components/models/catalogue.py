"""The catalogue: what is watched and shown, in groups."""

from enum import StrEnum
from itertools import count
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from components.models.versioned import Versioned
from components.status import Status, status_choices
from components.text import LineField, ParagraphField
from components.uptime.layers import Policy, policy_choices
from components.values.slugs import slug_of


class Group(Versioned):
    """A heading on the page; or a part of another one, one level deep."""

    name = LineField(max_length=100, unique=True)
    slug = models.SlugField(
        max_length=60, unique=True, null=True, blank=True,
        help_text="What catalogue files call it. Empty: made of the name.",
    )  # fmt: skip
    """Made of its first name, and kept when that changes."""
    description = LineField(max_length=300, blank=True)
    sort_order = models.IntegerField(default=0)
    collapsed = models.BooleanField(default=False, help_text="Collapsed on the page.")
    open_when_wrong = models.BooleanField(
        default=True,
        help_text="Expand a collapsed group while something in it has a problem.",
    )
    visible = models.BooleanField(default=True, help_text="Show on the status page.")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children",
        help_text="The group that this one is a part of. A hidden group hides its parts as well.",
    )  # fmt: skip

    class Meta(Versioned.Meta):
        ordering = ["sort_order", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Its name after that of the group that it is a part of: `Platform / Storage`."""
        return group_path(self.name, self.parent.name if self.parent else "")

    @property
    def is_shown(self) -> bool:
        """Whether the public sees it: it is visible, and what it is a part of too."""
        return self.visible and (self.parent is None or self.parent.visible)

    def clean(self) -> None:
        """Give it a slug; refuse a parent that would make a loop, or a second level."""
        super().clean()
        if not self.slug:
            self.slug = _free_slug(self.name)
        parent = self.parent
        if parent is None:
            return
        if parent.pk == self.pk:
            raise ValidationError({"parent": "A group cannot be a part of itself."})
        if self.pk and parent.parent_id == self.pk:
            message = f"“{parent.name}” is a part of this group: that would be a loop."
            raise ValidationError({"parent": message})
        if parent.parent is not None:
            message = f"“{parent.name}” is a part of “{parent.parent.name}”: groups have one level."
            raise ValidationError({"parent": message})
        if self.pk and Group.objects.filter(parent=self.pk).exists():
            message = "This group has parts of its own: groups have one level."
            raise ValidationError({"parent": message})


def _free_slug(name: str) -> str:
    """Return a slug of a group's name that no other group has."""
    wanted = slug_of(name, longest=50) or "group"
    taken = set(Group.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbers = (f"{wanted}-{number}" for number in count(2))
    return wanted if wanted not in taken else next(each for each in numbers if each not in taken)


def group_path(name: str, parent: str) -> str:
    """Return how a group is called where there are no groups in groups."""
    return f"{parent} / {name}" if parent else name


class AutoIncident(StrEnum):
    """The policy on incidents that are opened automatically from a component's monitors."""

    OFF = "off"
    DRAFT = "draft"
    PUBLISH = "publish"

    @property
    def label(self) -> str:
        return _AUTO_LABELS[self]


_AUTO_LABELS = {
    AutoIncident.OFF: "Open none",
    AutoIncident.DRAFT: "Open a draft, for a person to publish",
    AutoIncident.PUBLISH: "Open and publish",
}


def auto_incident_choices() -> list[tuple[str, str]]:
    return [(choice.value, choice.label) for choice in AutoIncident]


class ComponentQuerySet(models.QuerySet["Component"]):
    def public(self) -> Self:
        """Select what the public sees: `Component.is_public` as a query."""
        return self.nameable().filter(retired_at=None)

    def nameable(self) -> Self:
        """Select what may be named in public, in the past too: with what is retired."""
        whole = Q(group__parent=None) | Q(group__parent__visible=True)
        return self.filter(Q(group=None) | Q(whole, group__visible=True), visible=True)


class Component(Versioned):
    """Something people rely on, with the status it presently has.

    `status` is what the projector derived last; nothing else writes it. `status_override` is a
    person's word, which beats all evidence until it is cleared.
    """

    name = LineField(max_length=100)
    slug = models.SlugField(
        max_length=60, unique=True, help_text="Used in URLs and the API. Keep it stable."
    )
    former_slugs = models.JSONField(default=list, blank=True, editable=False)
    """What its slug was before, the oldest first: addresses that are out in the world lead on."""
    description = LineField(max_length=300, blank=True)
    group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.SET_NULL, related_name="components"
    )
    tags = LineField(
        max_length=300, blank=True, default="", db_default="",
        help_text="Comma-separated. Pages can select components by tag; tags are not public.",
    )  # fmt: skip
    sort_order = models.IntegerField(default=0)
    visible = models.BooleanField(default=True, help_text="Show on the status page.")
    only_when_wrong = models.BooleanField(
        "only while something is wrong", default=False, db_default=False,
        help_text="List it on the page only while it is not operational. Feeds, badges, its own"
        " page and the APIs always include it.",
    )  # fmt: skip
    retired_at = models.DateTimeField(null=True, editable=False)
    """Since when it is off the page and not watched; its name, history and incidents stay."""
    counts_for_overall = models.BooleanField(
        default=True, help_text="Counts towards the overall status of the page."
    )
    critical = models.BooleanField(
        default=False,
        help_text="Two critical components down make the overall status a major outage.",
    )
    maintenance_counts = models.BooleanField(
        "maintenance counts as down",
        default=False,
        help_text="Count announced maintenance as downtime. The page says which applies.",
    )
    uptime_policy = models.CharField(
        "uptime follows",
        max_length=10,
        choices=policy_choices,
        default=Policy.WORST,
        help_text="Which history its days and its percentage are made of; the page says which it "
        "is. Declared: what incidents, manual statuses and corrections say.",
    )
    depends_on: Any = models.ManyToManyField(
        "self",
        symmetrical=False,
        related_name="dependants",
        blank=True,
        help_text="Components this one needs. When one of them is down, this one is shown as "
        "affected and raises no alert of its own.",
    )
    auto_incident = models.CharField(
        max_length=10,
        choices=auto_incident_choices,
        default=AutoIncident.OFF,
        help_text="Open an incident when monitors report a problem.",
    )
    opening_delay = models.PositiveIntegerField(
        default=60, help_text="Wait this many seconds before opening an incident."
    )
    closing_delay = models.PositiveIntegerField(
        default=120, help_text="Wait this many seconds after recovery before resolving it."
    )
    status_override = models.CharField(
        max_length=20,
        choices=status_choices,
        blank=True,
        default="",
        help_text="Overrides monitors and incidents until cleared.",
    )
    override_note = ParagraphField(
        max_length=500, blank=True, help_text="Internal note; not public."
    )
    status = models.CharField(
        max_length=20, choices=status_choices, default=Status.UNKNOWN, editable=False
    )
    status_since = models.DateTimeField(null=True, editable=False)
    reasons = models.JSONField(default=list, editable=False)
    """Why `status` is what it is, as the rollup gave it: [{rule, text, status}]."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]),
                name="component_status_is_known_word",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether the public sees it: it and its group are visible, and it is not retired.

        `Component.objects.public()` is the same rule as a query.
        """
        return self.is_nameable and self.retired_at is None

    @property
    def is_nameable(self) -> bool:
        """Whether it may be named in public: it and its group are visible, retired or not."""
        return self.visible and (self.group is None or self.group.is_shown)
