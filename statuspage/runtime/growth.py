"""The table of what grows: of every model, why its rows stay few, how long they are kept, or why
they are kept for ever. A test refuses a model that is not in it."""

from dataclasses import dataclass
from enum import StrEnum


class Bound(StrEnum):
    """What bounds the number of a table's rows."""

    CONFIGURED = "configured"
    """People make its rows one by one, or there is one for each of what they make."""
    FIXED = "fixed"
    """There are as many as processes, kinds, pages or years; or it is emptied as it is used."""
    DELETED = "deleted"
    """Rows are deleted by age."""
    KEPT = "kept"
    """Rows are kept for ever."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What bounds a table, and how: an age with its setting, or the reason."""

    bound: Bound
    how: str


def _of(bound: Bound, how: str, *labels: str) -> dict[str, Growth]:
    return {label: Growth(bound, how) for label in labels}


GROWTH: dict[str, Growth] = {
    **_of(
        Bound.DELETED, "`STATUSPAGE_RESULTS_HOURS`, not before it is added up",
        "monitors.Result", "monitors.Ping",
    ),
    **_of(Bound.DELETED, "`STATUSPAGE_MINUTE_ROWS_DAYS`", "monitors.MinuteRows"),
    **_of(Bound.DELETED, "`STATUSPAGE_HOUR_ROWS_DAYS`", "monitors.HourRow"),
    **_of(
        Bound.DELETED,
        "`STATUSPAGE_JOURNAL_DAYS`, and processed by every reader; entries about incidents, "
        "maintenance, corrections of history and made-up history are kept for ever",
        "components.JournalEntry", "components.SetAside",
    ),
    **_of(Bound.DELETED, "`STATUSPAGE_JOURNAL_DAYS`", "admin.LogEntry"),
    **_of(
        Bound.DELETED,
        "`STATUSPAGE_DELIVERIES_DAYS` after the last message of the event, and not while it is "
        "open, on its way or held",
        "subscribers.Delivery", "subscribers.Notice", "subscribers.Bounce",
    ),
    **_of(
        Bound.DELETED, "`STATUSPAGE_DELIVERIES_DAYS` after it was lifted", "subscribers.Suspension"
    ),
    **_of(Bound.DELETED, "`STATUSPAGE_ALERTS_DAYS` after it was resolved", "subscribers.Alert"),
    **_of(Bound.DELETED, "1 day", "statuspage.IdempotentAnswer"),
    **_of(
        Bound.DELETED, "`STATUSPAGE_JOURNAL_DAYS` after its end; one without an end is kept",
        "statuspage.Announcement",
    ),
    **_of(Bound.DELETED, "30 days", "monitors.Absence"),
    **_of(Bound.DELETED, "1 hour after it was processed", "subscribers.SignUp"),
    **_of(Bound.DELETED, "until its limit counts it no more: 1 hour at most",
          "components.LimitedUse"),
    **_of(Bound.DELETED, "3 minutes", "components.RequestCount"),
    **_of(Bound.DELETED, "1 day after its last mark", "statuspage.Progress"),
    **_of(Bound.DELETED, "1 day after its last report", "statuspage.MachineKeys"),
    **_of(Bound.DELETED, "1 day after its death", "monitors.Reader"),
    **_of(Bound.DELETED, "14 days", "monitors.Gauge"),
    **_of(Bound.DELETED, "92 days: the longest chart has 90", "monitors.NumberRow"),
    **_of(Bound.DELETED, "400 days, longer than a heartbeat may be silent", "monitors.Closure"),
    **_of(Bound.DELETED, "while its process receives pings", "monitors.Doorkeeper"),
    **_of(Bound.DELETED, "until it expires", "sessions.Session", "usersessions.UserSession"),
    **_of(
        Bound.KEPT, "what the page tells of the past, and its permanent addresses",
        "incidents.Incident", "incidents.Impact", "incidents.Update", "incidents.PostMortem",
        "maintenance.Window", "maintenance.Window_components", "maintenance.WindowUpdate",
        "components.StatusPeriod", "components.DeclaredPeriod",
    ),
    **_of(
        Bound.KEPT, "how what was published read before it was edited: an audit asks years later",
        "incidents.HistoricalIncident", "incidents.HistoricalUpdate",
        "incidents.HistoricalPostMortem", "maintenance.HistoricalWindow",
        "maintenance.HistoricalWindowUpdate",
    ),
    **_of(
        Bound.KEPT,
        "one for each thing that `manage.py import` brought in, so that it comes in once",
        "components.Origin",
    ),
    **_of(Bound.KEPT, "of incidents, which are kept", "incidents.Note"),
    **_of(
        Bound.KEPT, "a row a month for each page, and one for each correction of a month; the keys "
        "that signed them", "statuspage.FrozenReport", "statuspage.ReportKey",
    ),
    **_of(
        Bound.KEPT, "a row a day for each check, which uptime of past years is made of",
        "monitors.DayRow",
    ),
    **_of(
        Bound.KEPT,
        "until the person is erased, for that somebody unsubscribed must not be forgotten; an "
        "address that never confirms goes after 7 days",
        "subscribers.Subscriber", "subscribers.Subscriber_components", "subscribers.Endpoint",
    ),
    **_of(Bound.KEPT, "one for each restore from a backup", "subscribers.Hold"),
    **_of(
        Bound.CONFIGURED, "by people in the admin, the API or the catalogue",
        "auth.Group", "auth.Group_permissions", "auth.User", "auth.User_groups",
        "auth.User_user_permissions", "account.EmailAddress", "mfa.Authenticator",
        "socialaccount.SocialApp", "socialaccount.SocialAccount", "socialaccount.SocialToken",
        "components.Group", "components.Component", "components.Component_depends_on",
        "monitors.Region", "monitors.Monitor", "monitors.Monitor_regions",
        "monitors.AlertRule",
        "incidents.IncidentTemplate", "maintenance.Series", "maintenance.Series_components",
        "subscribers.AlertChannel", "subscribers.AlertRoute", "subscribers.AlertStep",
        "subscribers.AlertRoute_components", "subscribers.AlertRoute_groups",
        "statuspage.ApiToken", "statuspage.BreakGlass", "statuspage.StaffPreferences",
        "statuspage.CatalogueMark",
        "statuspage.Page_components", "statuspage.Page_groups",
    ),
    **_of(
        Bound.CONFIGURED, "one for each monitor, region, component or token",
        "monitors.Check", "monitors.Heartbeat", "monitors.Agent", "monitors.Vantage",
        "monitors.AlertSource", "monitors.LastNumber",
        "monitors.ProberConnectivity", "monitors.CheckTally", "monitors.Slot",
        "statuspage.OutsideCheck", "statuspage.Watch", "statuspage.StatuspageMetric",
    ),
    **_of(
        Bound.FIXED, "one for each page, reader of the journal, series and year, or model",
        "statuspage.Page", "statuspage.Appearance", "statuspage.StoredSnapshot",
        "statuspage.StoreKeys",
        "components.JournalCursor",
        "components.ReferenceCounter", "monitors.Folding", "subscribers.Mark",
        "statuspage.SetupStep",
        "auth.Permission", "contenttypes.ContentType",
    ),
    **_of(
        Bound.FIXED, "1,000 at most for each monitor; one is deleted when its alert is resolved",
        "monitors.AlertLane",
    ),
    **_of(Bound.FIXED, "100 at most", "monitors.UnmatchedAlert"),
    **_of(Bound.FIXED, "emptied by what reads it", "monitors.LateMinute", "django_q.OrmQ"),
    **_of(Bound.FIXED, "300 at most: Django makes room itself", "statuspage.CacheEntry"),
    **_of(
        Bound.FIXED, "never written: results of wake-ups are not stored",
        "django_q.Task", "django_q.Success", "django_q.Failure", "django_q.Schedule",
    ),
    **_of(
        Bound.FIXED, "never written: links in mails are signed instead",
        "account.EmailConfirmation",
    ),
}  # fmt: skip
