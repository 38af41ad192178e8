"""The admin of pages: what each selects, where it lies, and who may see it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache

from components.backoffice.base import JournaledAdmin, actor
from components.backoffice.dependents import DependentsMixin
from components.backoffice.sentences import reasons
from components.backoffice.versioned import OptimisticLockAdmin
from components.journal import Event
from statuspage.access import pages
from statuspage.backoffice.public_page.languages import LanguagesForm
from statuspage.backoffice.public_page.page_parts import parts_of
from statuspage.models import Appearance, Page
from statuspage.pages.face import MAIN

_LISTS = {
    "hosts": "Names of hosts that show this page and no other, one a line, as"
    " status.example.com. None: it lies at /status/p/SLUG.",
    "tags": "Components with one of these tags are on the page; one a line.",
    "networks": "Visitors from these address ranges need no password, as 192.0.2.0/24; one a line.",
    "mail_domains": "People with an e-mail address there can request a link; one domain per line.",
    "sign_in_groups": "People in these groups at your sign-in provider may enter; one per line.",
}


_LINK_DAYS = 30


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class PageForm(LanguagesForm):
    hosts, tags, networks, mail_domains, sign_in_groups = (
        LinesField(required=False, help_text=text) for text in _LISTS.values()
    )
    new_password = forms.CharField(
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Leave empty to keep the current password. A new one signs everyone out."
        ),
    )
    no_password = forms.BooleanField(
        required=False,
        label=gettext_lazy("Remove the password"),
        help_text=gettext_lazy("This also signs everyone out."),
    )

    class Meta(LanguagesForm.Meta):
        fields = (
            "slug", "name", "hosts", "parent", "everything", "groups", "components", "tags",
            "private", "networks", "mail_domains", "sign_in_groups",
        )  # fmt: skip

    def clean(self) -> dict[str, Any] | None:
        found = super().clean() or {}
        try:
            if found.get("new_password"):
                pages.set_password(self.instance, found["new_password"])
            elif found.get("no_password") and self.instance.password:
                pages.set_password(self.instance, "")
        except ValidationError as error:
            raise ValidationError({"new_password": error.messages}) from None
        return found

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook
        try:
            pages.clean_page(self.instance)
        except ValidationError as error:
            self.add_error(None, error)


@admin.register(Page)
class PageAdmin(DependentsMixin[Page], OptimisticLockAdmin[Page], JournaledAdmin[Page]):
    dependents = (Appearance,)
    form = PageForm
    change_form_template = "admin/statuspage/page/change_form.html"
    list_display = ["slug", "name", "private", "everything"]
    search_fields = ["slug", "name"]
    empty_text = "A page shows all components or some, at an address of its own; it can be private."
    autocomplete_fields = ["groups", "components"]
    actions = ["end_passes"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        return super().get_queryset(request).order_by("slug")

    def get_form(
        self, request: HttpRequest, obj: Page | None = None, change: bool = False, **values: Any
    ) -> type[forms.ModelForm[Page]]:
        # The main page shows everything to everybody: its languages are all there is to choose.
        if obj is not None and obj.slug == MAIN:
            values["form"] = LanguagesForm
        form: type[forms.ModelForm[Page]] = super().get_form(request, obj, change, **values)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Page | None = None) -> Any:
        return self.with_version_field(request, obj, parts_of(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        is_main = obj is not None and obj.slug == MAIN
        return not is_main and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Page | None = None) -> list[str]:
        return [] if obj is None else ["slug"]

    def journal_query(self, obj: Page) -> dict[str, Any]:
        return {"about": "page"}

    def events(self, request: HttpRequest, obj: Page, *, created: bool) -> Iterable[Event]:
        yield pages.page_changed(obj, actor=actor(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        main = {"the main page"} if any(each.slug == MAIN for each in objs) else set()
        return listed, counts, lacking | main, protected

    def remove(self, obj: Page, *, actor: str) -> None:
        pages.delete_page(obj, actor=actor)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.link_view)
        return [path("<slug:slug>/link/", view, name="page-link"), *super().get_urls()]

    @method_decorator(never_cache)
    def link_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Ask for how long a signed link is to work; POST makes it and shows it, this once."""
        page = self.get_queryset(request).filter(slug=slug).first()
        if page is None:
            raise Http404
        if not self.has_change_permission(request, page):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Make a link"), "opts": self.opts, "page": page, "days": _LINK_DAYS,
        }  # fmt: skip
        if request.method == "POST":
            given = context["days"] = request.POST.get("days", "")
            now = datetime.now(UTC)
            try:
                days = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 0
                context["until"] = until = now + timedelta(days=days)
                who = actor(request)
                context["link"] = pages.make_link(page, until=until, now=now, actor=who)
            except ValidationError as error:
                context["error"] = reasons(error)
        return TemplateResponse(request, "admin/statuspage/page/link.html", context)

    @admin.action(description="Sign everyone out", permissions=["change"])
    def end_passes(self, request: HttpRequest, queryset: QuerySet[Page]) -> None:
        for page in queryset.exclude(slug=MAIN):
            pages.end_passes(page, actor=actor(request))
        messages.success(request, gettext("Everyone has been signed out of the page."))
