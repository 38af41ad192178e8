"""The form of how often something repeats, and the preview of what is chosen in it."""

from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.fields import entered_time
from components.backoffice.sentences import reasons
from maintenance import recurrence
from maintenance.repetition import choice

_WEEKDAYS = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"), gettext_lazy("Friday"), gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)  # fmt: skip


class RepeatForm(forms.Form):
    """How often something repeats, chosen; the rule for experts stands in another field."""

    repeats = forms.ChoiceField(
        required=False, label=gettext_lazy("Repeats"),
        choices=[
            ("", gettext_lazy("Does not repeat")), (choice.DAILY, gettext_lazy("Daily")),
            (choice.WEEKLY, gettext_lazy("Weekly")),
            (choice.MONTHLY, gettext_lazy("Monthly")),
            (choice.YEARLY, gettext_lazy("Yearly")),
        ],
    )  # fmt: skip
    repeat_every = forms.IntegerField(
        required=False, min_value=1, max_value=choice.MAX_EVERY,
        label=gettext_lazy("Every"), widget=forms.NumberInput(attrs={"placeholder": 1}),
        help_text=gettext_lazy("Days, weeks, months or years: 2 with Weekly is every other week."),
    )  # fmt: skip
    repeat_on = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Weekdays"), widget=forms.CheckboxSelectMultiple,
        choices=list(zip(choice.WEEKDAYS, _WEEKDAYS, strict=True)),
        help_text=gettext_lazy("For weekly. None: the weekday of the start."),
    )  # fmt: skip
    repeat_monthly = forms.ChoiceField(
        required=False, label=gettext_lazy("Day of the month"),
        choices=[
            (choice.SAME_DAY, gettext_lazy("The date of the start, as the 12th")),
            (choice.SAME_WEEKDAY, gettext_lazy("The weekday of the start, as the 2nd Tuesday")),
            (choice.LAST_WEEKDAY, gettext_lazy("The last such weekday of the month")),
            (choice.LAST_DAY, gettext_lazy("The last day of the month")),
        ],
        help_text=gettext_lazy("For monthly."),
    )  # fmt: skip
    repeat_until = forms.DateField(
        required=False, label=gettext_lazy("Until"), widget=AdminDateWidget,
        help_text=gettext_lazy("The last day. Empty: it goes on."),
    )  # fmt: skip
    repeat_times = forms.IntegerField(
        required=False, min_value=1, max_value=choice.MAX_TIMES,
        label=gettext_lazy("Number of times"),
        help_text=gettext_lazy("Instead of a last day."),
    )  # fmt: skip

    def chosen_rule(self, first: datetime) -> str:
        """Return the rule of what is chosen, '' if it does not repeat; `first` is local time.

        Raises ValidationError.
        """
        data = self.cleaned_data
        if not data.get("repeats"):
            return ""
        if data.get("repeat_until") and data.get("repeat_times"):
            told = gettext("Enter a last day or a number of times, not both.")
            raise ValidationError({"repeat_times": told})
        chosen = choice.Choice(
            data["repeats"], data.get("repeat_every") or 1, tuple(data.get("repeat_on") or ()),
            data.get("repeat_monthly") or choice.SAME_DAY, data.get("repeat_until"),
            data.get("repeat_times"),
        )  # fmt: skip
        return choice.rule_of(chosen, first=first)


REPEAT_FIELDS = ("repeats", "repeat_every", "repeat_on", "repeat_monthly", "repeat_until",
                 "repeat_times")  # fmt: skip


def preview(query: QueryDict) -> dict[str, Any]:
    """Return the next five occurrences of what a form holds, local and in UTC, or what is wrong."""
    try:
        tz = recurrence.time_zone(query.get("timezone") or "UTC")
        first = entered_time(query.get("starts_at", ""))
        start = recurrence.instant(first, tz)
        form = RepeatForm(query)
        if not form.is_valid():
            raise ValidationError(list(chain.from_iterable(form.errors.values())))
        found = recurrence.occurrences(
            query.get("rule") or form.chosen_rule(first), first=first, tz=tz,
            after=start - timedelta(seconds=1), until=start + timedelta(days=3660), limit=5,
        )  # fmt: skip
    except (recurrence.RuleError, ValidationError) as error:
        return {"trouble": reasons(error), "lines": []}
    except (ValueError, OverflowError):
        return {"trouble": gettext("Enter the start first."), "lines": []}
    return {
        "trouble": "", "lines": [recurrence.occurrence_text(each, tz.key) for each in found],
    }  # fmt: skip
