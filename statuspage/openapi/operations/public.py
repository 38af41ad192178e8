"""Operations of the public page, its JSON, and its exports (contracts X, M40, L)."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from components.languages.names import NAMES
from components.values.severity import Severity
from statuspage.openapi.operation import HTML, Operation, Text
from statuspage.publishing.documents import GROUP_FORMATS
from statuspage.renderers.json.public import PublicStatusJson
from statuspage.renderers.json.status_admin import StatusSnapshotJson
from statuspage.reports.document import MonthlyReportJson, ReportListJson, VerifiedReportJson
from statuspage.signup.views import SubscriptionAcceptedJson
from subscribers.channels.base import EMAIL
from subscribers.channels.registry import channels
from subscribers.enums import CHOOSABLE

_TAG = "public"
_PAGE = Text(HTML, "<!doctype html>…")
_UNAVAILABLE = frozenset({503})
_EXPORTS = {
    "feed.atom": ("feed_atom", "Incidents and maintenance as Atom", "application/atom+xml"),
    "feed.rss": ("feed_rss", "Incidents and maintenance as RSS", "application/rss+xml"),
    "calendar.ics": ("calendar", "Maintenance as iCalendar", "text/calendar"),
    "badge.svg": ("badge", "The status as a badge", "image/svg+xml"),
    "uptime.svg": ("uptime_badge", "The uptime as a badge", "image/svg+xml"),
    "response.svg": ("response_badge", "The response time as a badge", "image/svg+xml"),
    "status.txt": ("plain_text", "The status as plain text", "text/plain"),
}
_BODIES = {
    "application/atom+xml": "<feed xmlns=…>",
    "application/rss+xml": "<rss version=…>",
    "text/calendar": "BEGIN:VCALENDAR…",
    "image/svg+xml": "<svg xmlns=…>",
    "text/plain": "All systems operational",
}


class FormatQuery(serializers.Serializer[Any]):
    """Without it the `Accept` header decides: HTML for whoever prefers it, JSON for the rest."""

    format = serializers.ChoiceField(choices=["json", "html"], required=False)


class GateQuery(serializers.Serializer[Any]):
    component = serializers.CharField(required=False)
    deny = serializers.ChoiceField(choices=["503", "403"], default="503")


class CheckQuery(serializers.Serializer[Any]):
    component = serializers.CharField(required=False)
    page = serializers.CharField(required=False)
    degraded = serializers.ChoiceField(choices=["pass", "fail"], default="pass")
    maintenance = serializers.ChoiceField(choices=["pass", "fail"], default="pass")
    unknown = serializers.ChoiceField(choices=["pass", "fail"], default="pass")


class SubscriptionForm(serializers.Serializer[Any]):
    """An `email`, or a `channel` and its `endpoint`."""

    email = serializers.CharField(required=False)
    endpoint = serializers.CharField(required=False)
    channel = serializers.ChoiceField(choices=list(channels()), required=False, default=EMAIL)
    components = serializers.ListField(child=serializers.IntegerField(), required=False)
    incident = serializers.IntegerField(required=False)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=[kind.value for kind in CHOOSABLE]), required=False
    )
    min_severity = serializers.ChoiceField(
        choices=[each.value for each in Severity], required=False
    )
    format = serializers.CharField(required=False)
    language = serializers.ChoiceField(choices=list(NAMES), required=False)


def _read(name: str, summary: str, response: Any, **more: Any) -> Operation:
    settings = {"problems": _UNAVAILABLE, **more}
    return Operation(id=name, summary=summary, tag=_TAG, responses={200: response}, **settings)


def _exports(
    root: str, name: str, of: str, files: Iterable[str] = _EXPORTS
) -> dict[str, Operation]:
    return {
        f"GET {root}/{file}": _read(
            f"get_{name}{suffix}", f"{summary}{of}", Text(media, _BODIES[media])
        )
        for file in files
        for suffix, summary, media in (_EXPORTS[file],)
    }


OPERATIONS = {
    "GET /status": _read("get_status", "The page and its JSON", (PublicStatusJson, _PAGE),
                         query=FormatQuery),
    "GET /status/api": _read("get_snapshot", "The status in short", StatusSnapshotJson),
    "GET /status/events": _read(
        "stream_events", "Every change as it happens, as server-sent events",
        Text("text/event-stream", "retry: 3000\n\nid: 17\nevent: status.snapshot\ndata: {}\n\n"),
        description="Begins with a `status.snapshot`; `Last-Event-ID` replays what was missed.",
    ),
    "GET /status/gate": Operation(
        id="ask_gate", summary="Whether a maintenance window blocks the platform's API",
        tag=_TAG, query=GateQuery, responses={204: None}, problems=frozenset({400, 403, 503}),
        description="For reverse proxies: docs/gate.md.",
    ),
    "GET /status/check": Operation(
        id="check_status", summary="Whether a component works, as a status code",
        tag=_TAG, query=CheckQuery, responses={200: Text("text/plain", "ok")},
        problems=frozenset({400, 404, 503}),
        description="For load balancers and scripts: 200 `ok`, or 503 with the status as text. "
        "Without `component`, the whole page. Partial and major outages fail; the others where "
        "`fail` is asked for.",
    ),
    "GET /status/incidents/{reference}": _read("get_incident_page", "An incident's page", _PAGE),
    "GET /status/incidents/{reference}/postmortem": _read(
        "get_postmortem_page", "An incident's post-mortem", _PAGE
    ),
    "GET /status/preview-{status}.png": _read(
        "get_preview", "The picture that others show beside a link", Text("image/png", "…")
    ),
    "GET /status/icon.svg": _read(
        "get_icon", "The page's mark, or else its logo", Text("image/svg+xml", "<svg…"),
        problems=_UNAVAILABLE | {404},
    ),
    "GET /status/logo.png": _read(
        "get_logo", "The page's logo as mails show it", Text("image/png", "…"),
        problems=_UNAVAILABLE | {404},
    ),
    "GET /status/maintenance/{reference}": _read("get_window_page", "A window's page", _PAGE),
    "GET /status/maintenance/{reference}.ics": _read(
        "get_window_calendar", "A window as iCalendar", Text("text/calendar", "BEGIN:VCALENDAR…")
    ),
    "GET /status/history": _read("get_history_page", "Earlier incidents", _PAGE),
    "GET /status/history/{month}": _read("get_month_page", "The incidents of a month", _PAGE),
    "GET /status/reports": _read("get_reports_page", "The monthly reports", _PAGE),
    "GET /status/reports.json": _read(
        "list_reports", "The monthly reports as JSON", ReportListJson
    ),
    "GET /status/reports/{month}": _read("get_report_page", "The report of a month", _PAGE),
    "GET /status/reports/{month}.json": _read(
        "get_report", "The report of a month as canonical JSON", MonthlyReportJson,
        description="Once the month is over it is frozen, and these are the bytes that are signed:"
        " docs/run/reports.md. `revision` is 0 before.",
    ),
    "GET /status/reports/{month}.csv": _read(
        "get_report_csv", "The report of a month as CSV", Text("text/csv", "month,revision,…")
    ),
    "GET /status/reports/{month}.sig": _read(
        "get_report_signature", "The Ed25519 signature of the report of a month",
        Text("application/octet-stream", "…"),
    ),
    "GET /status/reports/key.pem": Operation(
        id="get_report_key", summary="The public key that verifies reports", tag=_TAG,
        responses={200: Text("application/x-pem-file", "-----BEGIN PUBLIC KEY-----…")},
        problems=_UNAVAILABLE | {404},
        description="404 before the first month was frozen.",
    ),
    "GET /status/reports/verify/{sha256}.json": _read(
        "verify_report", "Whether a report with this digest was published here", VerifiedReportJson
    ),
    "GET /status/components/{slug}": _read("get_component_page", "A component's year", _PAGE),
    "GET /status/banner": _read("get_banner", "A banner to embed as a frame", _PAGE),
    "GET /status/banner.js": _read(
        "get_banner_script", "A script that embeds the banner", Text("text/javascript", "(…)();")
    ),
    "GET /status.txt": _read(
        "get_status_txt", "The status as plain text", Text("text/plain", _BODIES["text/plain"])
    ),
    **_exports("/status", "", ""),
    **_exports("/status/components/{slug}", "component_", " (of one component)"),
    **_exports("/status/groups/{slug}", "group_", " (of one group)", GROUP_FORMATS),
    "GET /status/subscribe": Operation(
        id="get_subscribe_page", summary="The form to sign up with", tag=_TAG,
        responses={200: _PAGE},
    ),
    "POST /status/subscribe": Operation(
        id="subscribe", summary="Subscribe to updates", tag=_TAG, body=SubscriptionForm,
        request_example={"email": "ann@example.org", "components": []},
        responses={202: SubscriptionAcceptedJson},
        description="The answer is the same whether the address is new or known; 400 for what is no"
        " address, 503 where no mail can be sent. A message of its own asks whether it agrees.",
    ),
}  # fmt: skip
