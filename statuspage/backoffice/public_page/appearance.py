"""Pages' appearance in the admin: a form with a preview beside it, made by the real renderer.

A page without one of its own wears that of `main`; `?page=` names the page that the form is for.
Nothing is public before Publish. The preview takes the form's fields as they stand, is stored
nowhere, and is shown in a frame in which no script runs.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_POST

from components.backoffice.base import ReadOnlyAdmin, actor
from components.backoffice.managed import explanation, file_of
from statuspage.access.appearances import drop_appearance, store_appearance
from statuspage.backoffice.public_page.appearance_form import (
    changed_fields,
    checked,
    entered,
    fields,
    in_words,
)
from statuspage.models import Appearance as Row
from statuspage.models import Page
from statuspage.pages.appearance import Appearance
from statuspage.pages.face import MAIN, Face
from statuspage.publishing import snapshot
from statuspage.renderers.html.render import render_page
from statuspage.state.appearance_input import NAMES, AppearanceError, stored
from statuspage.state.builder import gather
from statuspage.state.faces import look_of, main_look
from statuspage.state.languages import words_for
from statuspage.state.page_state import PageState
from statuspage.state.selection import shown_on

PERMISSION = "statuspage.change_appearance"
_PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(PERMISSION, raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show the form; POST publishes it."""
    of = _page(request)
    look = _current(of)
    if file := file_of(of):
        messages.warning(request, explanation(file))
    if request.method != "POST":
        return _form(request, of, look)
    if file:
        return redirect(_address(of))
    if "inherit" in request.POST and of.slug != MAIN:
        drop_appearance(of.slug, fields=NAMES, actor=actor(request))
        messages.success(
            request, gettext("“{slug}” uses the main page’s appearance again.").format(slug=of.slug)
        )
        return redirect(_address(of))
    try:
        wanted = entered(request, look)
    except AppearanceError as error:
        return _form(request, of, look, posted=request.POST, errors=in_words(error), status=400)
    changed = changed_fields(look, wanted)
    if changed or not _has_own(of):
        store_appearance(of.slug, stored(wanted), changed=changed, actor=actor(request))
        messages.success(request, gettext("Published."))
    else:
        messages.info(request, gettext("Nothing was changed."))
    return redirect(_address(of))


@never_cache
@require_POST
@permission_required(PERMISSION, raise_exception=True)
def check(request: HttpRequest) -> HttpResponse:
    """Answer what stands beside the posted form's fields, as JSON; nothing is stored."""
    return JsonResponse(checked(request, _current(_page(request))))


@never_cache
@require_POST
@xframe_options_exempt
@permission_required(PERMISSION, raise_exception=True)
def preview(request: HttpRequest) -> HttpResponse:
    """Show the page as the posted form would make it, in a frame."""
    of = _page(request)
    try:
        look = entered(request, _current(of))
    except AppearanceError as error:
        text = "\n".join(f"{name}: {told}" for name, told in in_words(error).items())
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    else:
        if request.POST.get("preview_theme") in ("light", "dark"):
            look = replace(look, theme=request.POST["preview_theme"])
        loaded = snapshot.load()
        state = loaded.state if loaded else gather(now=datetime.now(UTC))
        shown = _shown(state, of, look)
        response = HttpResponse(render_page(shown, words=words_for(shown)))
    response["Content-Security-Policy"] = _PREVIEW_POLICY
    return response


def _page(request: HttpRequest) -> Page:
    """Return the page that the form is for. Raises Http404."""
    slug = request.GET.get("page", MAIN)
    found = Page.objects.select_related("appearance").filter(slug=slug[:40]).first()
    if found is None and slug != MAIN:
        raise Http404
    return found or Page(slug=MAIN)


def _address(of: Page) -> str:
    return reverse("appearance") + (f"?page={of.slug}" if of.slug != MAIN else "")


def _has_own(of: Page) -> bool:
    return of.slug == MAIN or look_of(of) is not None


def _current(of: Page) -> Appearance:
    """Return the look that a page has, or would begin with: that of `main`, but for its name."""
    own = look_of(of)
    if own is not None or of.slug == MAIN:
        return own or Appearance()
    return replace(main_look(), name="", social="", social_name="")


def _shown(state: PageState, of: Page, look: Appearance) -> PageState:
    """Return what a page would show if it looked so."""
    if of.slug == MAIN:
        return replace(state, appearance=look, site_name=look.name or state.site_name)
    face = next((each for each in state.faces if each.slug == of.slug), Face(of.slug, of.name))
    return shown_on(state, replace(face, appearance=look, name=look.name or of.name))


def _form(
    request: HttpRequest, of: Page, look: Appearance, *, posted: QueryDict | None = None,
    errors: dict[str, str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    slugs = Page.objects.exclude(slug=MAIN).order_by("slug").values_list("slug", flat=True)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Appearance")
        if of.slug == MAIN
        else gettext("Appearance of “{slug}”").format(slug=of.slug),
        "of": of,
        "address": _address(of),
        "site_name": (of.slug != MAIN and (of.name or main_look().name))
        or settings.STATUSPAGE.site_name,
        "of_page": f"?page={of.slug}" if of.slug != MAIN else "",
        "inherits": not _has_own(of),
        "may_inherit": of.slug != MAIN and _has_own(of),
        "pages": [(slug, _address(Page(slug=slug)), slug == of.slug) for slug in (MAIN, *slugs)],
        **fields(look, posted=posted, errors=errors),
    }
    return TemplateResponse(request, "admin/statuspage/appearance.html", context, status=status)


@admin.register(Row)
class AppearanceAdmin(ReadOnlyAdmin[Row]):
    """Has the sidebar lead to the form."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("appearance")


routes = [
    path("admin/appearance", admin.site.admin_view(page), name="appearance"),
    path("admin/appearance/check", admin.site.admin_view(check), name="appearance-check"),
    path("admin/appearance/preview", admin.site.admin_view(preview), name="appearance-preview"),
]
