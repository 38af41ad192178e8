"""Facts of every kind of message, as tests tell them."""

from subscribers.message import ActiveIncident, Change, Facts

UNSUBSCRIBE = "https://status.example.org/status/unsubscribe/1-abc"
INCIDENT = Facts(
    event="incident.updated",
    headline="Search is slow",
    at="2026-11-21T14:02:08Z",
    url="https://status.example.org/status/incidents/INC-7",
    state="identified",
    severity="major",
    message="A *shard* is rebuilding.",
    overall="partial_outage",
    overall_message="Partial outage",
    incidents=(
        ActiveIncident(
            title="Search is slow",
            severity="major",
            status="identified",
            url="https://status.example.org/status/incidents/INC-7",
            reference="INC-7",
        ),
    ),
    components=("Search",),
    component_ids=(3,),
    subject_id=7,
    reference="INC-7",
)
WINDOW = Facts(
    event="maintenance.started",
    headline="Moving house",
    at="2026-11-22T06:00:00Z",
    url="https://status.example.org/status/maintenance/MNT-2",
    state="in_progress",
    message="Short breaks are likely.",
    overall="maintenance",
    components=("API", "Search"),
    component_ids=(1, 3),
    subject_id=2,
    reference="MNT-2",
    starts_at="2026-11-22T06:00:00Z",
    ends_at="2026-11-22T08:00:00Z",
)
CHANGE = Facts(
    event="component.status_changed",
    headline="Search is down",
    at="2026-11-21T14:02:08Z",
    url="https://status.example.org/status",
    overall="major_outage",
    overall_message="Major outage",
    changes=(Change(name="Search", status="major_outage", old_status="operational"),),
    subject_id=3,
)
