"""Mends faults of Django's change lists: filters and selections that cannot be are a 500.

Which rows a list shows may be asked for in its address by any lookup of any column. Django leaves
out what it cannot read itself (it redirects to the list with `?e=1`), but not what is found out
only when the rows are asked for: a year 10,000, a number of 400 digits, a regular expression that
is none. A list that fails without filters too says so, for `?e=1` has none.

And of the rows selected for an action, only those can be looked up whose ids could be ids.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest

from components.backoffice.autocomplete import could_be

_OF_VALUES = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DatabaseError,
)  # fmt: skip
"""What Django's lookups raise for a text that they were not made for, some of them by accident."""
_SQLITE_REGEX_FAILED = "user-defined function raised exception"


@cache
def install() -> None:
    """Have every list treat such a filter as one that it cannot read, and leave out such rows."""
    change_list: Any = ChangeList
    change_list.get_queryset = _refusing(change_list.get_queryset)
    change_list.get_results = _refusing(change_list.get_results)
    model_admin: Any = ModelAdmin
    model_admin.response_action = _with_possible_rows(model_admin.response_action)


def _refusing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def refusing(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except _OF_VALUES as error:
            if not self.params or not _is_of_lookup(error):
                raise
            raise IncorrectLookupParameters(error) from error

    return refusing


def _with_possible_rows(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def respond(self: Any, request: HttpRequest, queryset: Any) -> Any:
        pk, selected = self.model._meta.pk, request.POST.getlist(ACTION_CHECKBOX_NAME)
        possible = [each for each in selected if could_be(each, pk)]
        if possible != selected:
            form: Any = request.POST.copy()
            form.setlist(ACTION_CHECKBOX_NAME, possible)
            # Actions read it too.
            request.POST = form
        return method(self, request, queryset)

    return respond


def _is_of_lookup(error: Exception) -> bool:
    """Return whether a value was at fault; else it may be the database."""
    return not isinstance(error, OperationalError) or _SQLITE_REGEX_FAILED in str(error)
