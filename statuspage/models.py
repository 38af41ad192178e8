"""The tables of the composition: the page's own status, its bytes, progress marks and tokens."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from components.languages.names import NAMES, known_tag
from components.models import Component, Group
from components.models.translations import translations_field
from components.secrets.fields import SealedField
from components.status import Status, status_choices
from components.text import LineField, ParagraphField
from components.values.announcement_kind import AnnouncementKind, kind_choices
from components.values.region_codes import region_code
from incidents.models import Incident
from statuspage.metric_models import StatuspageMetric  # noqa: F401  (a table of this app)
from statuspage.report_models import FrozenReport, ReportKey  # noqa: F401  (tables of this app)
from statuspage.staff_models import (  # noqa: F401  (tables of this app)
    BreakGlass,
    CatalogueMark,
    SetupStep,
    StaffPreferences,
)

AGENTS_WRITE = "agents:write"
"""The scope of agents' tokens."""


def _list_field() -> Any:
    """Return a field of texts that the code before this column can do without."""
    empty = models.Value([], output_field=models.JSONField())
    return models.JSONField(default=list, db_default=empty, blank=True)


def validate_languages(chosen: str) -> None:
    """Refuse what is not a list of languages that there are catalogues of."""
    unknown = [each.strip() for each in chosen.split(",") if not known_tag(each)]
    if chosen.strip() and unknown:
        names = ", ".join(NAMES)
        raise ValidationError(f"“{unknown[0]}” is not among the languages that there are: {names}.")


class Page(models.Model):
    """A page: a face over a selection of the catalogue. `main` shows everything to everybody.

    The overall status stands here for `main` alone: that of any other page follows from what it
    selects.
    """

    slug = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=100, blank=True, default="", db_default="")
    hosts = _list_field()
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    everything = models.BooleanField(default=False, db_default=False)
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    components = models.ManyToManyField(Component, blank=True, related_name="+")
    tags = _list_field()
    private = models.BooleanField(default=False, db_default=False)
    password = models.CharField(
        max_length=128, blank=True, default="", db_default="", editable=False
    )
    """As Django stores one."""
    networks = _list_field()
    mail_domains = _list_field()
    sign_in_groups = _list_field()
    key_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    """Of the passes that are valid; see `statuspage.access.passes`."""
    status = models.CharField(max_length=20, choices=status_choices, default=Status.OPERATIONAL)
    status_since = models.DateTimeField(null=True)
    languages = models.CharField(
        max_length=200, blank=True, default="", db_default="", validators=[validate_languages],
        help_text="Language tags that visitors can choose from, the default first, e.g. “de, en”."
        " Empty: all languages, English first.",
    )  # fmt: skip
    demo = models.BooleanField(default=False)
    """Whether its history is made up. Kept with the data: no setting can make it pass for true."""
    identity = models.UUIDField(default=uuid4, editable=False)
    """What ids of feeds and calendars are made of; never changes."""
    former_site_url = models.CharField(max_length=500, blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    """What was published until then has ids made of `former_site_url`, and keeps them."""

    def __str__(self) -> str:
        return self.slug


class Appearance(models.Model):
    """How a page looks, as far as anybody has changed it. `values` were checked before."""

    page = models.OneToOneField(Page, on_delete=models.CASCADE, primary_key=True)
    values = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "appearance"

    def __str__(self) -> str:
        return f"appearance of {self.page_id}"


class Announcement(models.Model):
    """What a page says at its top in `[starts_at, ends_at)`; see `statuspage.pages`."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    name = LineField(
        max_length=100, blank=True, default="", db_default="",
        help_text="What catalogue files call it; visitors do not see it. Empty: “announcement-”"
        " with its number.",
    )  # fmt: skip
    kind = models.CharField(max_length=20, choices=kind_choices, default=AnnouncementKind.INFO)
    message = ParagraphField(max_length=2_000, help_text="Markdown.")
    messages = translations_field()
    starts_at = models.DateTimeField("from", help_text="Shown from, in UTC.")
    ends_at = models.DateTimeField(
        "until", null=True, blank=True,
        help_text="Shown until, in UTC. Empty: until ended.",
    )  # fmt: skip
    shown = models.BooleanField(default=False, editable=False)
    """Whether it was shown when its page was published last; jobs move it by time."""
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="announcement_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message[:60]}"

    def clean(self) -> None:
        """Refuse an end before the beginning."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "Enter a time after the start."})


class StoredSnapshot(models.Model):
    """The newest rendering of a page, from which every web process reads its bytes."""

    page = models.CharField(max_length=40, primary_key=True)
    version = models.BigIntegerField()
    built_at = models.DateTimeField()
    facts = models.CharField(max_length=32, default="", db_default="")
    """The digest of what it says apart from its figures; '' for `main`, which is always made."""
    blob = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.page} {self.version}"


class Progress(models.Model):
    """When a role last did what it is there for; `up` restarts a role that no longer does."""

    role = models.CharField(max_length=150, primary_key=True)
    """As `role@machine`."""
    at = models.FloatField()
    """Seconds since the epoch."""

    class Meta:
        verbose_name = "worker"

    def __str__(self) -> str:
        return self.role


class OutsideCheck(models.Model):
    """The last look at something outside: dead-man's switch, certificate or mail server."""

    name = models.CharField(max_length=150, primary_key=True)
    """As `certificate`, or `dead-man@machine`."""
    due = models.FloatField(default=0)
    """When to look next, in seconds since the epoch, as all instants here."""
    at = models.FloatField(default=0)
    ok = models.BooleanField(default=False)
    ok_at = models.FloatField(null=True)
    in_a_row = models.PositiveIntegerField(default=0)
    """How many looks ended like the last one."""
    detail = models.CharField(max_length=300, blank=True, default="")
    number = models.FloatField(null=True)
    """What was measured: of a certificate, when it ends."""
    watched = models.BooleanField(default=False)
    """Whether a component was made for it, which a person may have deleted since."""

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key to the APIs. Only its hash is stored; the key itself is shown once."""

    name = models.CharField(max_length=100, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    agent = models.CharField(
        max_length=200, blank=True, default="",
        help_text="Required for agents:write: name of the agent that uses the token.",
    )  # fmt: skip
    region = models.CharField(
        max_length=40, blank=True, default="",
        help_text="Required for agents:write: region code of that agent.",
    )  # fmt: skip
    page = models.CharField(
        max_length=40, blank=True, default="", db_default="",
        help_text="The slug of the one page that it is for: it sees and changes only what that"
        " page shows. Empty: everything.",
    )  # fmt: skip
    monitor = models.PositiveBigIntegerField(null=True, blank=True)  # with alerts:write; None: all
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=(Q(agent="") & Q(region="")) | (~Q(agent="") & ~Q(region="")),
                name="token_of_agent_and_region",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse half a seat, and a seat for who is no agent."""
        if self.region:
            try:
                self.region = region_code(self.region)
            except ValueError as error:
                raise ValidationError({"region": str(error)}) from None
        if bool(self.agent) is not bool(self.region):
            lacking = "region" if self.agent else "agent"
            raise ValidationError({lacking: "Enter both agent and region, or neither."})
        if self.agent and not self.agent.isprintable():
            raise ValidationError({"agent": "Enter one line of printable characters."})
        if self.agent and AGENTS_WRITE not in self.scopes:
            raise ValidationError({"agent": f"Only a token of the scope {AGENTS_WRITE} has one."})

    @property
    def lacks_seat(self) -> bool:
        """Whether it has the scope of agents, but is for none: it may only report as a reader."""
        return AGENTS_WRITE in self.scopes and not self.agent


class IdempotentAnswer(models.Model):
    """The response to a POST with an `Idempotency-Key`, to be repeated to a duplicate."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    """Of the request: another one under the same key is a mistake of the caller's."""
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    sealed_body = SealedField()
    """Instead of `body`, where it tells a secret."""
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_token_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"


class Watch(models.Model):
    """What automation has observed and done about one component that has monitors."""

    component = models.OneToOneField(
        Component, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    measured = models.CharField(max_length=20, choices=status_choices, default=Status.UNKNOWN)
    """What its monitors say now, whatever people say."""
    known = models.CharField(max_length=20, choices=status_choices, default=Status.UNKNOWN)
    """What they said when they last knew anything, and since when."""
    since = models.DateTimeField()
    alert = models.CharField(max_length=12, blank=True, default="")
    alert_status = models.CharField(max_length=20, default=Status.OPERATIONAL)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.SET_NULL, related_name="+")
    """The last one that the machine opened for it."""
    said = models.CharField(max_length=20, default=Status.OPERATIONAL)

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return f"{self.component_id}: {self.measured}"


class CacheEntry(models.Model):
    """A row of Django's cache in the database, which alone reads and writes it."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "statuspage_cache"

    def __str__(self) -> str:
        return self.cache_key


class StoreKeys(models.Model):
    """The fingerprints of the keys that this database works with. There is one row.

    A fingerprint is a slow digest with the row's own salt: it recognises a key, giving none away.
    """

    salt = models.CharField(max_length=32)
    signing = models.CharField(max_length=64)
    """Of STATUSPAGE_SECRET_KEY."""
    needed = models.JSONField(default=list)
    """Of the keys that seal stored secrets: whoever lacks one cannot read them all."""
    former = models.JSONField(default=list)
    """Of keys that were needed once, and are not any more."""
    recorded_at = models.DateTimeField()
    machine = models.CharField(max_length=100)  # where they were recorded

    class Meta:
        verbose_name_plural = "keys of the database"

    def __str__(self) -> str:
        return f"keys recorded on {self.machine}"


class MachineKeys(models.Model):
    """The keys that a machine had when it last reported them, as fingerprints."""

    machine = models.CharField(max_length=100, primary_key=True)
    sealing = models.JSONField(default=list)
    """The newest first: that one seals."""
    at = models.FloatField()  # seconds since the epoch

    class Meta:
        verbose_name_plural = "keys of machines"

    def __str__(self) -> str:
        return self.machine
