"""The deletion of a row together with what is nothing without it."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

M = TypeVar("M", bound=models.Model)


class DependentsMixin(admin.ModelAdmin[M]):
    """A ModelAdmin whose rows are deleted with their `dependents`, whoever may delete them.

    Django asks for the permission to delete each row that goes along, and rows that nobody deletes
    by themselves give it to nobody.
    """

    dependents: tuple[type[models.Model], ...] = ()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        names = {str(each._meta.verbose_name) for each in self.dependents}
        return listed, counts, {each for each in lacking if str(each) not in names}, protected
