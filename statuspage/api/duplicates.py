"""Conflicts over what must be unique: 409, not a malformed body."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from rest_framework.exceptions import APIException


class DuplicateError(APIException):
    """Another one has this name or slug."""

    status_code = 409
    default_code = "duplicate"


@contextmanager
def duplicates_as_conflicts() -> Iterator[None]:
    """Raise DuplicateError where what must be unique is not: a conflict, not a malformed body."""
    try:
        yield
    except ValidationError as error:
        problems = error.error_dict if hasattr(error, "error_dict") else {}
        for field, errors in problems.items():
            if any(each.code == "unique" for each in errors):
                raise DuplicateError(f"{field}: another one has this {field} already.") from None
        raise
    except IntegrityError:
        raise DuplicateError("Another one has taken this name or slug meanwhile.") from None
