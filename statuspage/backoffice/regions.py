"""Validation of regions, which the forms of incidents and windows cannot know further down."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from components.values.region_codes import unique
from monitors.selectors import unknown_regions


def reject_unknown(codes: Sequence[str], *, kept: Collection[str]) -> list[str]:
    """Return the codes, each once. Raises ValidationError naming one that no region has.

    One that was deleted since may stay on what names it already (`kept`).
    """
    if unknown := unknown_regions(code for code in codes if code not in kept):
        raise ValidationError(gettext("There is no region {unknown}.").format(unknown=unknown[0]))
    return unique(codes)
