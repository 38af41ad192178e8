"""Validators of fields that several apps' models have."""

from typing import Any

from django.core.exceptions import ValidationError

from components.values.region_codes import region_codes


def check_regions(value: Any) -> None:
    """Raise ValidationError unless this is a list of codes of regions, there or not."""
    try:
        region_codes(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None
