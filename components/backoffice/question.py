"""The question that an action on several rows asks first: what it does, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import ngettext

M = TypeVar("M", bound=Model)
ANSWER, NOTIFY = "post", "notify"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an action is carried out."""

    title: str
    """`Resolve 2 incidents?`"""
    button: str
    items: Sequence[str] = ()
    text: str = ""
    """What will happen, in a sentence."""
    warnings: Sequence[str] = ()
    """What speaks against it."""
    recipients: str | None = None
    """Who can be told, with a tick to leave it; '' for nobody, None where there is no choice."""


class AsksFirst(admin.ModelAdmin[M]):
    """A ModelAdmin some of whose actions ask first."""

    def recipients_of(self, rows: Sequence[M]) -> str:
        """Return who would be told of the rows; a subclass further up knows."""
        return ""


def is_answered(request: HttpRequest) -> bool:
    """Return whether the question was asked and answered with yes."""
    return request.POST.get(ANSWER) == "yes"


def wants_notice(request: HttpRequest) -> bool:
    """Return whether people are to be told, as it was ticked on the question's page."""
    return NOTIFY in request.POST


def ask(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, action: str, question: Question
) -> TemplateResponse:
    """Return the page that asks; its button sends the action again, with the answer."""
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "action": action,
        "answer": ANSWER,
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "checkbox": ACTION_CHECKBOX_NAME,
        "opts": modeladmin.opts,
    }
    return TemplateResponse(request, "admin/question.html", context)


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 incident` or `2 incidents`, in the language of the admin."""
    return f"{number:,} {ngettext(one, many or one + 's', number)}"
