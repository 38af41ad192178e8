"""Forms for maintenance windows: the plan, its recurrence, and the actions on a window."""

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.timezone import override as active_zone
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from components.backoffice.fields import CodesField
from components.backoffice.translations import TranslationsField
from components.backoffice.versioned import VersionedForm
from components.languages.page_languages import other_languages
from components.models.validators import check_regions
from maintenance import recurrence, services
from maintenance.errors import WrongStateError
from maintenance.lifecycle import WindowState, may_transition
from maintenance.models import Series, Window, WindowUpdate
from maintenance.repetition.choice import choice_of
from maintenance.repetition.forms import RepeatForm
from maintenance.series import upcoming_occurrences


class PlanForm(VersionedForm, RepeatForm):
    regions = CodesField(
        required=False,
        validators=[check_regions],
        help_text=gettext_lazy("Region codes, separated by commas."),
    )


class WindowForm(PlanForm):
    titles = TranslationsField(
        rows=1, max_length=200, label=gettext_lazy("Title in other languages")
    )
    messages = TranslationsField(label=gettext_lazy("Message in other languages"))
    """A window. A new one may repeat; then it becomes a series, and this its first."""

    notify = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Notify subscribers"),
        help_text=gettext_lazy(
            "When it is scheduled or changed. Reminder, start and end are always sent."
        ),
    )  # fmt: skip
    draft = forms.BooleanField(
        required=False,
        help_text=gettext_lazy(
            "Save as a draft: visible to staff only, and it does not start until published."
        ),
    )
    recurrence = forms.CharField(
        required=False,
        label=gettext_lazy("Rule"),
        max_length=recurrence.MAX_RULE_LENGTH,
        help_text=gettext_lazy(
            "RFC 5545, e.g. FREQ=WEEKLY;BYDAY=TU. Takes the place of what is chosen above."
        ),
    )
    timezone = forms.CharField(
        required=False,
        max_length=60,
        initial="UTC",
        help_text=gettext_lazy("Time zone of start, end and recurrence, e.g. Europe/Berlin."),
    )

    def full_clean(self) -> None:
        # The times of a new window are those of the zone in the form, whatever is active.
        with nullcontext() if self.instance.pk else active_zone(UTC):
            super().full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if cleaned.get("publish_at") and not self.instance.pk:
            # Until then it is one.
            cleaned["draft"] = True
        if self.instance.pk:
            # The form shows whole seconds: what was not typed anew stays to the microsecond.
            for name in {"starts_at", "ends_at"} - set(self.changed_data):
                cleaned[name] = self.initial[name]
            self._check_times(cleaned)
        else:
            self._read_wall_times(cleaned)
            self._check_series(self.series())
        return cleaned

    def _read_wall_times(self, cleaned: dict[str, Any]) -> None:
        """Take start and end of a new window as what the clocks of its zone show."""
        try:
            tz = recurrence.time_zone(cleaned.get("timezone") or "UTC")
            for name in ("starts_at", "ends_at"):
                typed = cleaned[name].astimezone(UTC).replace(tzinfo=None)
                cleaned[name] = recurrence.instant(typed, tz)
        except recurrence.RuleError as error:
            raise ValidationError({"timezone": str(error)}) from None
        except OverflowError:
            raise ValidationError({"starts_at": gettext("This time does not exist.")}) from None

    def _check_times(self, cleaned: dict[str, Any]) -> None:
        before = (self.initial["starts_at"], self.initial["ends_at"])
        try:
            services.check_times(
                Window(
                    title=cleaned["title"],
                    state=self.instance.state,
                    starts_at=cleaned["starts_at"],
                    ends_at=cleaned["ends_at"],
                ),
                before=before,
                at=datetime.now(UTC),
            )
        except WrongStateError as error:
            raise ValidationError({"starts_at": str(error)}) from None

    def series(self) -> Series | None:
        """Return the series that a new window starts, if it repeats. Raises ValidationError."""
        data = self.cleaned_data
        if not (data.get("recurrence") or data.get("repeats")):
            return None
        if data.get("draft"):
            raise ValidationError({"draft": gettext("Recurring maintenance cannot be a draft.")})
        try:
            tz = recurrence.time_zone(data.get("timezone") or "UTC")
        except recurrence.RuleError as error:
            raise ValidationError({"timezone": str(error)}) from None
        plan = ("title", "message", "impact", "regions", "blocks_api", "remind_before")
        first = recurrence.wall_time(data["starts_at"], tz)
        return Series(
            **{name: data[name] for name in plan},
            rule=data.get("recurrence") or self.chosen_rule(first),
            timezone=tz.key,
            first_local=first.isoformat(timespec="seconds"),
            duration=data["ends_at"] - data["starts_at"],
        )

    @property
    def _rule_field(self) -> str:
        return "recurrence" if self.cleaned_data.get("recurrence") else "repeats"

    def _check_series(self, series: Series | None) -> None:
        """Raise ValidationError, under the form's own names, unless the series can begin."""
        if series is None:
            return
        try:
            series.full_clean()
            found = _begun(series)
        except ValidationError as error:
            names = {**_NAMES, "rule": self._rule_field}
            errors = {names.get(name, name): words for name, words in error.message_dict.items()}
            raise ValidationError(errors) from None
        if not found:
            raise ValidationError(
                {self._rule_field: gettext("The rule has no occurrence in the future.")}
            )


_NAMES = {"first_local": "starts_at", "duration": "ends_at"}
"""The names of a series' fields in the form of its first window."""


def _begun(series: Series) -> list[recurrence.Occurrence]:
    """Return what runs of a series, and the next of it. Raises ValidationError."""
    return upcoming_occurrences(series, after=datetime.now(UTC) - series.duration)


class SeriesForm(PlanForm):
    """A series: what it repeats by is chosen, or written by an expert."""

    rule = forms.CharField(
        required=False, max_length=recurrence.MAX_RULE_LENGTH, label=gettext_lazy("Rule"),
        help_text=gettext_lazy(
            "RFC 5545, e.g. FREQ=WEEKLY;BYDAY=TU. Takes the place of what is chosen above."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        chosen = _chosen(kwargs["instance"]) if kwargs.get("instance") else {}
        super().__init__(
            *args, **{**kwargs, "initial": {**chosen, **(kwargs.get("initial") or {})}}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors or cleaned.get("rule"):
            return cleaned
        if not cleaned.get("repeats"):
            raise ValidationError({"repeats": gettext("Choose how often it repeats.")})
        first = _first_of(cleaned.get("first_local", ""))
        # Without a first start, that is what the series itself asks for.
        cleaned["rule"] = self.chosen_rule(first) if first else self.instance.rule
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # of django.forms, in no stubs
        if not self.errors:
            try:
                _begun(self.instance)
            except ValidationError as error:
                self.add_error(None, error)


def _first_of(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _chosen(series: Series) -> dict[str, Any]:
    """Return what is chosen in the form of a series; nothing where its rule is an expert's."""
    first = _first_of(series.first_local)
    found = choice_of(series.rule, first=first) if series.rule and first else None
    if found is None:
        return {}
    return {
        "rule": "", "repeats": found.frequency, "repeat_every": found.every,
        "repeat_on": list(found.weekdays), "repeat_monthly": found.monthly,
        "repeat_until": found.until, "repeat_times": found.times,
    }  # fmt: skip


class UpdateTextForm(forms.ModelForm[WindowUpdate]):
    messages = TranslationsField(label="Message in other languages")


class UpdateTextInline(admin.StackedInline[WindowUpdate, Window]):
    """The texts of a window's updates, to be corrected; they keep their history."""

    model = WindowUpdate
    form = UpdateTextForm
    verbose_name_plural = "Texts of updates"
    classes = ["collapse"]
    extra = 0
    can_delete = False

    def get_fields(self, request: HttpRequest, obj: Window | None = None) -> Any:
        return ["message", *(["messages"] if other_languages() else [])]

    def has_add_permission(self, request: HttpRequest, obj: Window | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Window | None = None) -> bool:
        return bool(request.user.has_perm("maintenance.view_window"))

    def has_change_permission(self, request: HttpRequest, obj: Window | None = None) -> bool:
        return bool(request.user.has_perm("maintenance.change_window"))


ACTIONS = ("start", "complete", "cancel", "extend", "update", "publish")


class ActionForm(forms.Form):
    """The form behind the buttons of a window: the action, and the message to post."""

    act = forms.ChoiceField(choices=[(each, each) for each in ACTIONS])
    message = forms.CharField(required=False, max_length=10_000)
    update_messages = TranslationsField(label=gettext_lazy("Message in other languages"))
    minutes = forms.IntegerField(required=False, min_value=1, max_value=7 * 24 * 60)
    notify = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("act") == "update" and not cleaned.get("message"):
            raise ValidationError({"message": gettext("Enter a message.")})
        if cleaned.get("update_messages") and not cleaned.get("message"):
            raise ValidationError(
                {"message": gettext("Enter the message that the others translate.")}
            )
        if cleaned.get("act") == "extend" and not cleaned.get("minutes"):
            raise ValidationError({"minutes": gettext("Enter the number of minutes.")})
        return cleaned


PLAN_FIELDS = ("title", "message", "components", "regions", "impact", "blocks_api", "remind_before")
ACTION_STATES = {
    "start": WindowState.IN_PROGRESS,
    "complete": WindowState.COMPLETED,
    "cancel": WindowState.CANCELLED,
}


def acts_of(state: WindowState) -> list[tuple[str, str]]:
    """Return what can be done with a window that tells people something, for its preview."""
    moves = [name for name, to in ACTION_STATES.items() if may_transition(state, to)]
    publish = ["publish"] if state is WindowState.DRAFT else []
    extend = [] if state.is_final or state is WindowState.DRAFT else ["extend"]
    return [(each, gettext(_ACT_NAMES[each])) for each in (*publish, "update", *moves, *extend)]


_ACT_NAMES = {
    "publish": gettext_noop("Publish"), "update": gettext_noop("Post update"),
    "start": gettext_noop("Start now"), "complete": gettext_noop("Complete now"),
    "cancel": gettext_noop("Cancel"), "extend": gettext_noop("Extend"),
}  # fmt: skip
QUESTIONS = {
    "complete": (gettext_noop("Complete {number} now?"), gettext_noop("Complete {number}")),
    "cancel": (gettext_noop("Cancel {number} now?"), gettext_noop("Cancel {number}")),
}
