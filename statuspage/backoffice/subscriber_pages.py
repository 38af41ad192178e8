"""Pages of subscribers in the admin: import, export, a test of the mail."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from components.backoffice.base import actor
from components.backoffice.sentences import reasons
from statuspage.automation.mail_check import send_test
from subscribers.addresses import normalise
from subscribers.channels.base import EMAIL, SendStatus
from subscribers.delivery.ledger import SEE_ADDRESSES
from subscribers.import_export import Report, as_csv, export_subscribers, import_subscribers, parse

_MAX_SHOWN = 200
"""Refused rows on the page."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("text")
@permission_required(("subscribers.add_subscriber", SEE_ADDRESSES), raise_exception=True)
def import_page(request: HttpRequest) -> HttpResponse:
    """Import a file or some lines; a dry run, unless the button says otherwise."""
    if request.method != "POST":
        return _render(request, dry_run=True)
    dry_run = request.POST.get("act") != "import"
    file = request.FILES.get("file")
    try:
        text = file.read().decode("utf-8-sig") if file else request.POST.get("text", "")
        rows = parse(text)
        if not rows:
            raise ValueError("the file has no rows; the first line names the columns")
    except ValueError as error:
        return _render(
            request, dry_run=dry_run, text=request.POST.get("text", ""), error=reasons(error)
        )
    report = import_subscribers(rows, now=datetime.now(UTC), dry_run=dry_run, actor=actor(request))
    if dry_run or report.refused:
        return _render(request, dry_run=dry_run, text=text, report=report)
    messages.success(
        request,
        gettext("{created} created, {updated} updated, {unchanged} unchanged.").format(
            created=report.created, updated=report.updated, unchanged=report.unchanged
        ),
    )
    return redirect("admin:subscribers_subscriber_changelist")


def _render(
    request: HttpRequest, *, dry_run: bool, text: str = "", error: str = "",
    report: Report | None = None,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": gettext("Import subscribers"),
        "dry_run": dry_run,
        "text": text,
        "error": error,
        "report": report,
        "refused": report.refused[:_MAX_SHOWN] if report else (),
    }
    status = 400 if error else 200
    return TemplateResponse(request, "admin/subscribers/import.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
@permission_required(("subscribers.view_subscriber", SEE_ADDRESSES), raise_exception=True)
def export(request: HttpRequest) -> HttpResponse:
    """Return all subscribers with their confirmed state, as the import reads it."""
    disposition = 'attachment; filename="subscribers.csv"'
    headers = {"Content-Disposition": disposition}
    return HttpResponse(
        as_csv(export_subscribers()), content_type="text/csv; charset=utf-8", headers=headers
    )


@never_cache
@require_POST
@permission_required("subscribers.change_subscriber", raise_exception=True)
def mail_test(request: HttpRequest) -> HttpResponse:
    """Send one mail, now, and show what the mail server answered."""
    try:
        outcome = send_test(normalise(EMAIL, request.POST.get("address", "")))
    except ValidationError as error:
        messages.error(request, reasons(error))
    else:
        text = f"{outcome.code or '—'} {outcome.text}".strip()
        if outcome.status is SendStatus.SENT:
            messages.success(request, gettext("Sent: {text}").format(text=text))
        else:
            messages.error(request, gettext("Not sent: {text}").format(text=text))
    return redirect("admin:subscribers_subscriber_changelist")


_ROOT = "admin/subscribers/subscriber"
routes = [
    path(f"{_ROOT}/import", admin.site.admin_view(import_page), name="subscribers-import"),
    path(f"{_ROOT}/export", admin.site.admin_view(export), name="subscribers-export"),
    path(f"{_ROOT}/mailtest", admin.site.admin_view(mail_test), name="subscribers-mailtest"),
]
