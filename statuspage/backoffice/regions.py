"""Which regions there are: what the forms of incidents and windows cannot know further down."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError

from monitors.models import Region


def reject_unknown(codes: Sequence[str], *, kept: Collection[str]) -> list[str]:
    """The codes, each once. Raises ValidationError naming one that no region has.

    One that was deleted since may stay on what names it already (`kept`).
    """
    known = set(Region.objects.filter(code__in=codes).values_list("code", flat=True))
    strange = [code for code in codes if code not in known | set(kept)]
    if strange:
        raise ValidationError(f"There is no region {strange[0]}.")
    return list(dict.fromkeys(codes))
