"""What staff set up in the admin, by API: alerting, endpoints, templates, regions, people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statuspage.api import tokens
from statuspage.api.serializers import pages as page_bodies
from statuspage.api.views import (
    alert_channels,
    alert_routes,
    announcements,
    endpoints,
    maintenance_series,
    people,
    regions,
    templates,
)
from statuspage.api.views.base import Page
from statuspage.api.views.incoming import alerts
from statuspage.openapi.operation import Operation

_CONFLICT = frozenset({409})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    path: str
    name: str
    noun: str
    many: str
    tag: str
    scope: str
    body: Any
    example: Mapping[str, Any]
    change: Any = None
    """The body of PUT and PATCH, if it is another."""
    replacement: Mapping[str, Any] | None = None
    """The example of PUT, if it is another."""
    response: Any
    created: Any = None
    """The response of POST, if it is another."""
    listed: Any
    key: str = "id"
    description: str = ""
    deletion_problems: frozenset[int] = _CONFLICT
    """What a catalogue file describes is deleted there."""
    change_problems: frozenset[int] = frozenset()

    def operations(self) -> dict[str, Operation]:
        one = f"{self.path}/{{{self.key}}}"
        read: dict[str, Any] = {"tag": self.tag, "scope": f"{self.scope}:read"}
        write: dict[str, Any] = {"tag": self.tag, "scope": f"{self.scope}:write"}
        described = {"description": self.description, **write}
        changing = {"versioned": True, "problems": _CONFLICT | self.change_problems, **described}
        body, created = self.change or self.body, self.created or self.response
        replacement = dict(self.replacement or self.example)
        return {
            f"GET {self.path}": Operation(
                id=f"list_{self.many}", summary=f"All {self.many.replace('_', ' ')}", query=Page,
                responses={200: self.listed}, **read,
            ),
            f"POST {self.path}": Operation(
                id=f"create_{self.name}", summary=f"Create {self.noun}", body=self.body,
                request_example=dict(self.example), responses={201: created}, **described,
            ),
            f"GET {one}": Operation(
                id=f"get_{self.name}", summary=f"Read {self.noun}", versioned=True,
                responses={200: self.response}, **read,
            ),
            f"PUT {one}": Operation(
                id=f"replace_{self.name}", summary=f"Replace {self.noun}", body=body,
                request_example=replacement, responses={200: created}, **changing,
            ),
            f"PATCH {one}": Operation(
                id=f"change_{self.name}", summary=f"Change some fields of {self.noun}", body=body,
                request_example=dict([next(iter(replacement.items()))]), responses={200: created},
                **changing,
            ),
            f"DELETE {one}": Operation(
                id=f"delete_{self.name}", summary=f"Delete {self.noun}", responses={204: None},
                versioned=True, problems=self.deletion_problems, **write,
            ),
        }  # fmt: skip


_RESOURCES = (
    _Resource(
        path="/api/v1/alert-channels",
        name="alert_channel",
        noun="an alert channel",
        many="alert_channels",
        tag="alerting",
        scope="subscribers",
        body=alert_channels.ChannelBody,
        response=alert_channels.ChannelJson,
        created=alert_channels.NewChannelJson,
        listed=alert_channels.ChannelListJson,
        example={
            "name": "On call",
            "channel": "webhook",
            "address": "https://pager.example.com/hook",
        },
        description="`address` is masked; another `channel` needs its own. A webhook's signing"
        " `secret` is returned once, when it is made.",
    ),
    _Resource(
        path="/api/v1/alert-routes",
        name="alert_route",
        noun="an alert route",
        many="alert_routes",
        tag="alerting",
        scope="subscribers",
        body=alert_routes.RouteBody,
        response=alert_routes.RouteJson,
        listed=alert_routes.RouteListJson,
        example={
            "name": "At night",
            "min_severity": "major",
            "components": [1],
            "steps": [{"channel_id": 1, "after_minutes": 0}],
            "hours_zone": "Europe/Berlin",
            "hours_from": "22:00",
            "hours_to": "06:00",
            "remind_minutes": 15,
        },
        description="Steps that are given take the place of all.",
    ),
    _Resource(
        path="/api/v1/endpoints",
        name="endpoint",
        noun="an endpoint",
        many="endpoints",
        tag="subscribers",
        scope="subscribers",
        body=endpoints.EndpointBody,
        change=endpoints.EndpointChange,
        response=endpoints.EndpointJson,
        created=endpoints.NewEndpointJson,
        listed=endpoints.EndpointListJson,
        example={
            "url": "https://hooks.example.com/status",
            "channel": "webhook",
            "components": [1],
            "kinds": ["incidents"],
            "owner": "ann@example.org",
        },
        replacement={"min_severity": "major", "components": [1]},
        description="`url` and `owner` are masked. It counts as confirmed. A webhook's signing"
        " `secret` is returned once, when it is made.",
    ),
    _Resource(
        path="/api/v1/templates",
        name="template",
        noun="a template of incidents",
        many="templates",
        tag="status administration",
        scope="status",
        body=templates.TemplateBody,
        response=templates.TemplateJson,
        listed=templates.TemplateListJson,
        example={
            "name": "Disk",
            "title": "{component} is slow",
            "message": "A disk is full.",
            "severity": "minor",
            "status": "identified",
        },
    ),
    _Resource(
        path="/api/v1/announcements",
        name="announcement",
        noun="an announcement",
        many="announcements",
        tag="status administration",
        scope="status",
        body=announcements.AnnouncementBody,
        response=announcements.AnnouncementJson,
        listed=announcements.AnnouncementListJson,
        example={
            "message": "We move to a new data center on **Sunday**.",
            "kind": "info",
            "starts_at": "2026-11-21T14:00:00Z",
            "ends_at": "2026-11-23T14:00:00Z",
        },
    ),
    _Resource(
        path="/api/v1/maintenance-series",
        name="maintenance_series",
        noun="recurring maintenance",
        many="maintenance_series",
        tag="status administration",
        scope="status",
        body=maintenance_series.SeriesBody,
        response=maintenance_series.SeriesJson,
        listed=maintenance_series.SeriesListJson,
        description="Its next windows are made ahead of time and follow what is changed here, but"
        " for those that a person touched. `ended` true cancels those to come.",
        example={
            "title": "Patches",
            "rule": "FREQ=WEEKLY;BYDAY=TU",
            "timezone": "Europe/Berlin",
            "first_local": "2036-12-02T02:00",
            "duration": 3600,
        },
    ),
    _Resource(
        path="/api/v1/pages",
        name="page",
        noun="a page",
        many="pages",
        tag="pages",
        scope="pages",
        key="slug",
        body=page_bodies.PageBody,
        response=page_bodies.PageJson,
        listed=page_bodies.PageListJson,
        example={
            "slug": "shop",
            "name": "Shop",
            "groups": [1],
            "tags": ["payments"],
            "private": True,
            "password": "correct horse battery",
        },
        change_problems=frozenset({403}),
        deletion_problems=frozenset({403, 409}),
        description="`password` is only written. Of `main` the languages can be changed alone.",
    ),
    _Resource(
        path="/api/v1/alert-rules",
        name="alert_rule",
        noun="an alert rule",
        many="alert_rules",
        tag="monitors",
        scope="monitors",
        body=alerts.AlertRuleBody,
        response=alerts.AlertRuleJson,
        listed=alerts.AlertRuleListJson,
        example={
            "component_id": 1,
            "position": 10,
            "matchers": 'severity="critical", job=~"api|web"',
            "status": "down",
        },
        description="Which component an alert of the address for all is about: the first rule that"
        " matches counts. Without `matchers` it matches every alert.",
    ),
    _Resource(
        path="/api/v1/regions",
        name="region",
        noun="a region",
        many="regions",
        tag="monitors",
        scope="monitors",
        key="code",
        body=regions.RegionBody,
        response=regions.RegionJson,
        listed=regions.RegionListJson,
        example={"code": "eu-west-1", "name": "Ireland", "latitude": 53.3, "longitude": -6.3},
    ),
    _Resource(
        path="/api/v1/people",
        name="person",
        noun="an account",
        many="people",
        tag="people",
        scope="people",
        body=people.PersonBody,
        response=people.PersonJson,
        listed=people.PersonListJson,
        example={"username": "ann", "email": "ann@example.org", "roles": ["responder"]},
        change_problems=frozenset({403}),
        deletion_problems=frozenset({403}),
        description="Nobody becomes a superuser, and a superuser's account is changed in the admin"
        " alone. `password` is only written.",
    ),
    _Resource(
        path="/api/v1/tokens",
        name="token",
        noun="a token",
        many="tokens",
        tag="people",
        scope="people",
        body=tokens.TokenBody,
        response=tokens.TokenJson,
        created=tokens.NewTokenJson,
        listed=tokens.TokenListJson,
        example={"name": "Deployments", "scopes": ["status:read", "status:draft"]},
        deletion_problems=frozenset(),
        description="Its `key` is returned once, when it is made. A changed token keeps it.",
    ),
)

_WRITE: dict[str, Any] = {"scope": "subscribers:write"}

_LOOK = "/api/v1/pages/{slug}/appearance"
_PAGES: dict[str, Any] = {"tag": "pages", "scope": "pages:write"}
_LOOK_EXAMPLE = {"name": "Shop", "accent": "#1a6b3c", "intro": "How our shop is."}
_CHANGED_LOOK: dict[str, Any] = {
    "body": page_bodies.AppearanceBody, "responses": {200: page_bodies.AppearanceJson},
    "request_example": _LOOK_EXAMPLE, "versioned": True, "problems": _CONFLICT, **_PAGES,
}  # fmt: skip
_OF_PAGES: dict[str, Operation] = {
    f"GET {_LOOK}": Operation(
        id="get_appearance", summary="Read how a page looks", tag="pages", scope="pages:read",
        responses={200: page_bodies.AppearanceJson}, versioned=True,
    ),
    f"PUT {_LOOK}": Operation(
        id="replace_appearance", summary="Give a page a look of its own", **_CHANGED_LOOK
    ),
    f"PATCH {_LOOK}": Operation(
        id="change_appearance", summary="Change some of how a page looks", **_CHANGED_LOOK
    ),
    f"DELETE {_LOOK}": Operation(
        id="drop_appearance", summary="Let a page look like main again", responses={204: None},
        versioned=True, problems=_CONFLICT, **_PAGES,
    ),
    "POST /api/v1/pages/{slug}/links": Operation(
        id="create_page_link", summary="Make a signed link to a private page",
        body=page_bodies.LinkBody, responses={201: page_bodies.LinkJson}, **_PAGES,
        request_example={"expires_at": "2026-12-24T12:00:00Z"},
        description="Anyone who has it may enter. It is returned once, and ends when everyone is"
        " signed out.",
    ),
    "POST /api/v1/pages/{slug}/end-passes": Operation(
        id="end_page_passes", summary="Sign everyone out of a private page",
        responses={200: page_bodies.PassesJson}, **_PAGES,
    ),
}  # fmt: skip

OPERATIONS: dict[str, Operation] = {
    **_OF_PAGES,
    **{key: each for resource in _RESOURCES for key, each in resource.operations().items()},
    "POST /api/v1/alert-channels/{id}/test": Operation(
        id="test_alert_channel", summary="Send a test to an alert channel", tag="alerting",
        responses={202: alert_channels.QueuedJson}, **_WRITE,
    ),
    "POST /api/v1/endpoints/{id}/test": Operation(
        id="test_endpoint", summary="Send a test to an endpoint", tag="subscribers",
        responses={202: alert_channels.QueuedJson}, **_WRITE,
    ),
    "POST /api/v1/endpoints/{id}/rotate-secret": Operation(
        id="rotate_endpoint_secret", summary="Give an endpoint a new signing secret",
        tag="subscribers", responses={200: endpoints.SecretJson}, **_WRITE,
        description="For a day messages are signed with the former one too.",
    ),
}  # fmt: skip
