"""The status administration API (contract M)."""

from typing import Any

from statuspage.api.serializers.catalogue import (
    ComponentBody,
    ComponentJson,
    ComponentListJson,
    GroupBody,
    GroupJson,
    GroupListJson,
    RetireBody,
)
from statuspage.api.serializers.history import (
    DeclaredBody,
    DeclaredListJson,
    DeclaredPeriodJson,
    ReasonBody,
)
from statuspage.api.serializers.incidents import (
    ChangeBody,
    IncidentBody,
    IncidentJson,
    IncidentListJson,
    IncidentUpdateJson,
    TextBody,
    UpdateBody,
)
from statuspage.api.serializers.maintenance import (
    MoveBody,
    NoteBody,
    WindowBody,
    WindowChange,
    WindowJson,
    WindowListJson,
    WindowUpdateJson,
)
from statuspage.api.views import (
    catalogue,
    incidents,
    maintenance,
    subscribers,
)
from statuspage.api.views.base import DeletionQuery, ListQuery, Page
from statuspage.openapi.operation import Operation

_ROOT = "/api/v1/status"
_READ, _WRITE = "status:read", "status:write"
_TAG = "status administration"
_ALIASES = "`display_name` and `display_order` are taken for `name` and `sort_order`."
_INCIDENT = {
    "title": "API answers slowly",
    "severity": "major",
    "message": "We are looking into it.",
    "components": [1],
}
_WINDOW = {
    "title": "Database upgrade",
    "message": "Short interruptions are possible.",
    "starts_at": "2026-12-01T22:00:00Z",
    "ends_at": "2026-12-01T23:00:00Z",
    "components": [1],
}


def _resource(
    name: str,
    many: str,
    *,
    response: Any,
    body: Any,
    request_example: Any,
    versioned: bool = True,
    description: str = "",
    problems: frozenset[int] = frozenset(),
    deletion: Any = None,
) -> dict[str, Operation]:
    """Return the operations that read, replace, change and delete one of `many`; `deletion` has
    the query parameters of the last."""
    path = f"{_ROOT}/{many}/{{id}}"
    common: dict[str, Any] = {"tag": _TAG, "versioned": versioned}
    writing = {**common, "scope": _WRITE, "body": body, "description": description}
    return {
        f"GET {path}": Operation(
            id=f"get_{name}", summary=f"One {name}", scope=_READ, responses={200: response},
            **common,
        ),
        f"PUT {path}": Operation(
            id=f"replace_{name}", summary=f"Replace what is said of a {name}",
            responses={200: response}, request_example=request_example, problems=problems,
            **writing,
        ),
        f"PATCH {path}": Operation(
            id=f"change_{name}", summary=f"Change some fields of a {name}",
            responses={200: response}, problems=problems,
            request_example=dict([next(iter(request_example.items()))]), **writing,
        ),
        f"DELETE {path}": Operation(
            id=f"delete_{name}", summary=f"Delete a {name}", scope=_WRITE, responses={204: None},
            query=deletion, problems=problems, **common,
        ),
    }  # fmt: skip


def _transition(action: str, summary: str) -> Operation:
    return Operation(
        id=f"{action}_window", summary=summary, tag=_TAG, scope=_WRITE, body=MoveBody,
        responses={200: WindowJson}, versioned=True, problems=frozenset({409}),
        request_example={"message": "Done sooner than planned."},
    )  # fmt: skip


_HISTORY = f"{_ROOT}/components/{{id}}/history"
_DECLARED = {
    "status": "partial_outage",
    "started_at": "2026-11-20T14:00:00Z",
    "ended_at": "2026-11-20T14:25:00Z",
    "note": "Reported by customers; no monitor saw it.",
}
_REASON = {"note": "It was another component."}


def _history(number: str, summary: str, action: str = "") -> Operation:
    return Operation(
        id=number, summary=summary, tag=_TAG, scope=_WRITE, versioned=True,
        body=ReasonBody if action else DeclaredBody, responses={200: DeclaredPeriodJson},
        request_example=_REASON if action else _DECLARED,
        description="With a note: it is journalled. What was measured stays as it is.",
    )  # fmt: skip


_TEXT = {"message": "Half of it is done.", "messages": {"de": "Die Hälfte ist fertig."}}
_CORRECTION = {"title": "API answers slowly", "severity": "critical"}

OPERATIONS = {
    f"GET {_ROOT}/groups": Operation(
        id="list_groups", summary="All groups", tag=_TAG, scope=_READ,
        query=Page, responses={200: GroupListJson},
    ),
    f"POST {_ROOT}/groups": Operation(
        id="create_group", summary="Add a group", tag=_TAG, scope=_WRITE, body=GroupBody,
        request_example={"name": "Platform", "sort_order": 1}, responses={201: GroupJson},
        description=_ALIASES,
    ),
    **_resource("group", "groups", response=GroupJson, body=GroupBody,
             request_example={"name": "Platform", "collapsed": True},
             description=_ALIASES, problems=frozenset({409})),
    f"GET {_ROOT}/components": Operation(
        id="list_components", summary="All components", tag=_TAG, scope=_READ,
        query=catalogue.ComponentFilters, responses={200: ComponentListJson},
    ),
    f"POST {_ROOT}/components": Operation(
        id="create_component", summary="Add a component", tag=_TAG, scope=_WRITE,
        body=ComponentBody, responses={201: ComponentJson}, description=_ALIASES,
        request_example={"name": "API", "group_id": 1, "monitor_type": "endpoint",
                         "monitor_id": 1, "sort_order": 1},
    ),
    **_resource("component", "components", response=ComponentJson, body=ComponentBody,
             request_example={"name": "API", "critical": True},
             description=_ALIASES, problems=frozenset({409})),
    f"POST {_ROOT}/components/{{id}}/retire": Operation(
        id="retire_component", summary="Take a component off the page, and keep its history",
        tag=_TAG, scope=_WRITE, body=RetireBody, request_example={"notify": True},
        responses={200: ComponentJson}, versioned=True, problems=frozenset({409}),
        description="It is not watched any more. Incidents go on naming it; its own pages, feeds"
        " and badges say that it is retired. With `notify` its subscribers are notified.",
    ),
    f"POST {_ROOT}/components/{{id}}/unretire": Operation(
        id="unretire_component", summary="Restore a retired component", tag=_TAG, scope=_WRITE,
        responses={200: ComponentJson}, versioned=True,
    ),
    f"GET {_HISTORY}": Operation(
        id="list_declared_periods", summary="What was declared of a component, newest first",
        tag=_TAG, scope=_READ, query=ListQuery, responses={200: DeclaredListJson},
        description="By incidents, manual statuses and corrections.",
    ),
    f"POST {_HISTORY}": Operation(
        id="add_declared_period", summary="Correct history: declare a status for a time past",
        tag=_TAG, scope=_WRITE, body=DeclaredBody, request_example=_DECLARED,
        responses={201: DeclaredPeriodJson},
        description="What was measured stays; the component's `uptime_policy` says what counts.",
    ),
    f"GET {_HISTORY}/{{number}}": Operation(
        id="get_declared_period", summary="One declared period", tag=_TAG, scope=_READ,
        responses={200: DeclaredPeriodJson}, versioned=True,
    ),
    f"PUT {_HISTORY}/{{number}}": _history("replace_declared_period", "Replace a declared period"),
    f"PATCH {_HISTORY}/{{number}}": _history("change_declared_period", "Change a declared period"),
    f"POST {_HISTORY}/{{number}}/withdraw": _history(
        "withdraw_declared_period", "Withdraw a declared period; it can be restored", "withdraw"
    ),
    f"POST {_HISTORY}/{{number}}/restore": _history(
        "restore_declared_period", "Restore a declared period", "restore"
    ),
    f"GET {_ROOT}/incidents": Operation(
        id="list_incidents", summary="Incidents, newest first", tag=_TAG, scope=_READ,
        query=incidents.Filters, responses={200: IncidentListJson},
    ),
    f"POST {_ROOT}/incidents": Operation(
        id="open_incident", summary="Open an incident", tag=_TAG, scope=_WRITE,
        body=IncidentBody, request_example=_INCIDENT, responses={201: IncidentJson},
        description="With `template`, missing fields are taken from it. Subscribers are notified at"
        " once, or after `hold_seconds`.",
    ),
    **_resource("incident", "incidents", response=IncidentJson, body=ChangeBody,
             request_example=_CORRECTION,
             deletion=DeletionQuery,
             description="A correction. With `notify`, those who were notified of the incident are"
             " notified when it resolves, reopens or withdraws it, and all when it publishes a"
             " draft. For news post an update."),
    f"POST {_ROOT}/incidents/{{id}}/updates": Operation(
        id="post_incident_update", summary="Tell what is new", tag=_TAG, scope=_WRITE,
        body=UpdateBody, responses={201: IncidentUpdateJson}, versioned=True,
        request_example={"status": "identified", "message": "A disk is full."},
        description="It is not asked whether what is resolved is still measured as down.",
    ),
    f"PATCH {_ROOT}/incidents/{{id}}/updates/{{number}}": Operation(
        id="correct_incident_update", summary="Correct the text of an update, or its translations",
        tag=_TAG, scope=_WRITE, body=TextBody, responses={200: IncidentUpdateJson},
        request_example=_TEXT, versioned=True, description="Nobody is notified.",
    ),
    f"GET {_ROOT}/maintenance": Operation(
        id="list_windows", summary="Maintenance windows, those to come first", tag=_TAG,
        scope=_READ, query=maintenance.Filters, responses={200: WindowListJson},
    ),
    f"POST {_ROOT}/maintenance": Operation(
        id="schedule_window", summary="Schedule a maintenance window", tag=_TAG, scope=_WRITE,
        body=WindowBody, request_example=_WINDOW, responses={201: WindowJson},
        problems=frozenset({409}),
        description="With `recurrence` (RFC 5545) and `timezone` it repeats. Subscribers are"
        " notified at once, or after `hold_seconds`.",
    ),
    **_resource("window", "maintenance", response=WindowJson, body=WindowChange,
             request_example=_WINDOW, problems=frozenset({409}), deletion=DeletionQuery,
             description="`apply_to: series` changes all of its series that is to come."),
    f"POST {_ROOT}/maintenance/{{id}}/start": _transition("start", "Start a window now"),
    f"POST {_ROOT}/maintenance/{{id}}/complete": _transition("complete", "Complete a window early"),
    f"POST {_ROOT}/maintenance/{{id}}/cancel": _transition("cancel", "Cancel a window"),
    f"POST {_ROOT}/maintenance/{{id}}/updates": Operation(
        id="post_window_update", summary="Tell how the work goes", tag=_TAG, scope=_WRITE,
        body=NoteBody, request_example={"message": "Half of it is done."}, versioned=True,
        responses={201: WindowUpdateJson}, problems=frozenset({409}),
    ),
    f"PATCH {_ROOT}/maintenance/{{id}}/updates/{{number}}": Operation(
        id="correct_window_update", summary="Correct the text of an update, or its translations",
        tag=_TAG, scope=_WRITE, body=TextBody, responses={200: WindowUpdateJson},
        request_example=_TEXT, versioned=True, problems=frozenset({409}),
        description="Nobody is notified.",
    ),
    f"GET {_ROOT}/subscribers": Operation(
        id="list_subscribers", summary="List subscribers", tag="subscribers",
        scope="subscribers:read",
        query=subscribers.Filters, responses={200: subscribers.SubscriberListJson},
    ),
    f"POST {_ROOT}/subscribers": Operation(
        id="import_subscribers", summary="Import subscribers", tag="subscribers",
        scope="subscribers:write", body=subscribers.ImportBody,
        responses={200: subscribers.ImportReportJson, 201: subscribers.ImportReportJson},
        request_example={"subscribers": [{"email": "ann@example.org", "confirmed": True}]},
        description="201 when somebody is new, 200 otherwise. The fields of one subscriber may"
        " also be sent directly, without `subscribers`.",
    ),
    f"GET {_ROOT}/subscribers/{{id}}": Operation(
        id="get_subscriber", summary="One subscriber, and the mail that came back",
        tag="subscribers", scope="subscribers:read",
        responses={200: subscribers.SubscriberDetailJson},
    ),
    f"DELETE {_ROOT}/subscribers/{{id}}": Operation(
        id="erase_subscriber", summary="Forget a subscriber whole", tag="subscribers",
        scope="subscribers:write", responses={204: None},
    ),
    f"DELETE {_ROOT}/subscribers/{{id}}/suspension": Operation(
        id="lift_suspension", summary="Send to a suspended subscriber again", tag="subscribers",
        scope="subscribers:write", responses={204: None},
        description="It was suspended because mail came back, or because an endpoint kept failing."
        " What comes from now on is sent.",
    ),
}  # fmt: skip
