"""Regions in forms: chosen among those that there are, which the apps further down cannot know."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from components.backoffice.fields import CodesField
from components.models.validators import check_regions
from components.values.region_codes import split_codes, unique
from monitors.models import Region
from monitors.selectors import unknown_regions


class RegionsField(CodesField):
    """Codes of regions, ticked in a list of those that there are."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", gettext_lazy("None: all regions."))
        super().__init__(required=False, validators=[check_regions], **options)

    def prepare_value(self, value: Any) -> Any:
        return value or []

    def to_python(self, value: Any) -> Any:
        texts = [value] if isinstance(value, str) else value or []
        return unique(code for text in texts for code in split_codes(text))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or []) != set(self.to_python(data))

    def offer(self, *, kept: Iterable[str]) -> None:
        """Have it list the regions, and what is named already though its region is gone."""
        widget: Any = self.widget
        widget.choices = region_choices(kept=kept)


def region_choices(*, kept: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the regions as choices; those in `kept` that are no more stand last."""
    rows = [(each.code, str(each)) for each in Region.objects.all()]
    known = {code for code, _ in rows}
    gone = gettext("{code} (deleted)")
    return rows + [(each, gone.format(code=each)) for each in kept if each and each not in known]


class ChoosesRegions(forms.ModelForm[Any]):
    """A form whose `regions` are ticked."""

    regions: CodesField = RegionsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("regions"), RegionsField):
            field.offer(kept=self.instance.regions)

    def clean_regions(self) -> list[str]:
        return reject_unknown(self.cleaned_data["regions"], kept=self.instance.regions)


def reject_unknown(codes: Sequence[str], *, kept: Collection[str]) -> list[str]:
    """Return the codes, each once. Raises ValidationError naming one that no region has.

    One that was deleted since may stay on what names it already (`kept`).
    """
    if unknown := unknown_regions(code for code in codes if code not in kept):
        raise ValidationError(gettext("There is no region {unknown}.").format(unknown=unknown[0]))
    return unique(codes)
