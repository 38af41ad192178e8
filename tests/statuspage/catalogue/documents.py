"""Documents for tests: one with some of everything, and a strategy of any."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

SECRET = {"env": "CATALOGUE_SECRET"}
ENVIRONMENT = {
    "CATALOGUE_SECRET": "canary-of-the-catalogue",
    "CATALOGUE_ENDPOINT_0": "https://hooks.acme.dev/0",
    "CATALOGUE_ENDPOINT_1": "https://hooks.acme.dev/1",
}
SOME: dict[str, Any] = {
    "version": 1,
    "regions": [{"code": "eu-west-1", "name": "Ireland", "latitude": 53.3, "longitude": -6.3}],
    "groups": [
        {"slug": "platform", "name": "Platform"},
        {"slug": "storage", "name": "Storage", "parent": "platform", "collapsed": True},
    ],
    "components": [
        {"slug": "api", "name": "API", "group": "platform", "depends_on": ["db"]},
        {"slug": "db", "name": "Database", "group": "storage", "critical": True,
         "tags": ["core", "data"]},
    ],
    "monitors": [
        {"component": "api", "name": "Health", "kind": "endpoint", "regions": ["eu-west-1"],
         "config": {"url": "https://api.acme.dev/health", "username": "probe", "password": SECRET}},
        {"component": "db", "name": "Backup", "kind": "heartbeat", "config": {"period": 3600}},
    ],
    "alert_rules": [
        {"name": "Database pages", "position": 20, "matchers": 'severity="critical"',
         "component": "db", "status": "degraded"},
    ],
    "templates": [{"name": "Disk", "title": "{component} is slow", "message": "A disk is full."}],
    "maintenance_series": [
        {"title": "Patches", "rule": "FREQ=WEEKLY;BYDAY=TU", "timezone": "Europe/Berlin",
         "first_local": "2026-12-01T02:00", "duration": 3600, "components": ["db"]},
    ],
    "alert_channels": [{"name": "On call", "channel": "email", "address": "ops@acme.dev"}],
    "alert_routes": [
        {"name": "Nights", "groups": ["platform"], "min_severity": "major", "hours_from": "22:00",
         "hours_to": "06:00", "steps": [{"channel": "On call", "after_minutes": 5}]},
    ],
    "endpoints": [
        {"name": "Data lake", "channel": "webhook", "address": "https://hooks.acme.dev/status",
         "components": ["api"], "min_severity": "major"},
    ],
    "pages": [
        {"slug": "shop", "name": "Shop", "groups": ["platform"], "private": True,
         "password": SECRET, "appearance": {"accent": "#1a6b3c"}},
    ],
    "announcements": [
        {"name": "Moving", "message": "We are moving on *Friday*.",
         "starts_at": "2026-12-01T08:00:00Z"},
        {"name": "Sale", "page": "shop", "kind": "warning", "message": "Sale",
         "starts_at": "2026-12-01T08:00:00Z", "ends_at": "2026-12-05T20:00:00Z"},
    ],
}  # fmt: skip

_TEXT = (
    st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S")), min_size=1, max_size=20
    )
    .map(str.strip)
    .filter(bool)
)
_NAMES = st.sampled_from(
    ["API", "on", "22:00", "1e5", "null", "007", "- a", "# b", "Ärger & Söhne", "日本", "a: b"]
)
_RULES = ("FREQ=WEEKLY;BYDAY=TU", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=DAILY;COUNT=3")
_COUNTS = st.integers(0, 3)


def with_references(value: Any) -> Any:
    """A document with a reference in the place of each secret that was left out."""
    if value == {"keep": True}:
        return dict(SECRET)
    if isinstance(value, Mapping):
        return {name: with_references(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_references(each) for each in value]
    return value


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any document whose secrets are references."""
    groups = [f"g-{number}" for number in range(draw(_COUNTS))]
    components = [f"c-{number}" for number in range(draw(_COUNTS))]
    regions = [f"r-{number}" for number in range(draw(_COUNTS))]
    channels = [f"{draw(_NAMES)} {number}" for number in range(draw(_COUNTS))]

    def some(of: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(of), unique=True)) if of else []

    def one(of: list[str]) -> str | None:
        return draw(st.sampled_from([None, *of]))

    return {
        "version": 1,
        "regions": [{"code": code, "name": draw(_TEXT)} for code in regions],
        "groups": [
            {"slug": slug, "name": f"{draw(_NAMES)} {slug}", "visible": draw(st.booleans()),
             "description": draw(_TEXT),
             "parent": groups[-1] if slug != groups[-1] and draw(st.booleans()) else None}
            for slug in groups
        ],
        "components": draw(st.permutations([
            {"slug": slug, "name": draw(_TEXT), "group": one(groups),
             "description": draw(st.one_of(_NAMES, _TEXT)), "critical": draw(st.booleans()),
             "sort_order": draw(st.integers(-5, 5)), "depends_on": some(components[:number]),
             "auto_incident": draw(st.sampled_from(["off", "draft", "publish"]))}
            for number, slug in enumerate(components)
        ])),
        "monitors": [
            {"component": slug, "name": draw(_NAMES), "regions": some(regions),
             "interval": draw(st.integers(30, 300)), "timeout": draw(st.sampled_from([1, 2.5])),
             **draw(_monitors()), **draw(st.sampled_from([{}, {"enabled": False}]))}
            for slug in components
        ],
        "alert_rules": [
            {"name": draw(_NAMES), "component": slug, "position": draw(st.integers(0, 9)),
             "matchers": draw(st.sampled_from(["", 'severity="critical", job=~"api|web"'])),
             "status": draw(st.sampled_from(["down", "degraded", "up"]))}
            for slug in some(components)[:1]
        ],
        "announcements": [
            {"name": draw(_NAMES), "page": "main", "message": draw(_TEXT),
             "kind": draw(st.sampled_from(["info", "warning"])),
             "starts_at": "2026-12-01T08:00:00Z",
             "ends_at": draw(st.sampled_from([None, "2026-12-05T20:00:00Z"]))}
            for _ in range(draw(st.integers(0, 1)))
        ],
        "templates": [
            {"name": draw(_NAMES), "title": draw(_TEXT.filter(lambda text: "{" not in text
                                                              and "}" not in text)),
             "message": "One.\n\nTwo: {component}"}
            for _ in range(draw(st.integers(0, 1)))
        ],
        "maintenance_series": [
            {"title": draw(_NAMES), "rule": draw(st.sampled_from(_RULES)),
             "timezone": draw(st.sampled_from(["UTC", "Europe/Berlin"])),
             "first_local": "2026-12-01T02:30:00", "duration": draw(st.integers(60, 86_400)),
             "exceptions": draw(st.sampled_from([[], ["2026-12-08T02:30:00"]])),
             "components": some(components), "message": draw(_TEXT)}
            for _ in range(draw(st.integers(0, 1)))
        ],
        "alert_channels": [
            {"name": name, "channel": "webhook", "address": {"env": "CATALOGUE_HOOK"},
             "enabled": draw(st.booleans())}
            for name in channels
        ],
        "alert_routes": [
            {"name": draw(_NAMES), "components": some(components), "groups": some(groups),
             "hours_days": draw(st.lists(st.integers(1, 7), min_size=1, unique=True)),
             "steps": [{"channel": name, "after_minutes": draw(st.integers(0, 9))}
                       for name in some(channels)]}
            for _ in range(draw(st.integers(0, 1)))
        ],
        "endpoints": [
            {"name": f"{draw(_NAMES)} {number}", "channel": "webhook",
             "address": {"env": f"CATALOGUE_ENDPOINT_{number}"}, "components": some(components),
             "kinds": draw(st.sampled_from([["incidents"], ["maintenance", "incidents"]])),
             "format": draw(st.sampled_from(["", "statuspage"])),
             "language": draw(st.sampled_from(["", "de"]))}
            for number in range(draw(st.integers(0, 2)))
        ],
        "pages": [
            {"slug": f"p-{number}", "name": draw(_NAMES), "groups": some(groups),
             "components": some(components), "parent": "p-1" if number == 0 else None,
             "languages": draw(st.sampled_from([[], ["de", "en"]])),
             "appearance": draw(st.sampled_from([None, {}, {"accent": "#112233"}]))}
            for number in range(draw(st.sampled_from([0, 2])))
        ],
    }  # fmt: skip


def _monitors() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([
        {"kind": "manual"},
        {"kind": "heartbeat", "config": {"period": 600}},
        {"kind": "number", "config": {"measures": "jobs", "down_above": 1e3, "silence": 60}},
        {"kind": "external"},
        {"kind": "upstream", "config": {"format": "statuspage", "url": "https://status.acme.dev"}},
        {"kind": "dns", "config": {"name": "acme.dev"}},
        {"kind": "tcp", "config": {"host": "db.acme.dev", "port": 5432}},
        {"kind": "endpoint", "config": {"url": "https://acme.dev/", "username": "on",
                                        "password": SECRET, "headers": {"X-Env": SECRET}}},
        {"kind": "endpoint", "config": {"url": "https://example.com/"}},
        {"kind": "endpoint", "enabled": True, "config": {"url": "https://example.com/"}},
    ])  # fmt: skip
