"""The journal's event types of this app: none is public, for they name targets and hosts."""

from components.journal.event_types import SNAPSHOT, Moves, register

MONITOR_CHANGED = register(
    "monitor.changed",
    public=False,
    meaning="A monitor was created or edited.",
    moves=Moves.MEASURED,
)
MONITOR_DELETED = register(
    "monitor.deleted",
    public=False,
    meaning="A monitor was deleted.",
    moves=Moves.MEASURED,
)
MONITOR_STATE_CHANGED = register(
    "monitor.state_changed",
    public=False,
    meaning="A monitor's confirmed verdict changed, or it began or ceased to flap: "
    "{verdict, since, flapping, region, message}.",
    moves=Moves.MEASURED,
)
READER_STATE_CHANGED = register(
    "reader.state_changed",
    public=False,
    meaning="A reader died or came back: {name, state, was, since, consumer_groups}.",
    moves=Moves.NOTHING,
)
PING_KEY_ROTATED = register(
    "monitor.ping_key_rotated",
    public=False,
    meaning="A heartbeat was given a new ping address; the former is not known any more.",
    moves=Moves.MEASURED,
)
REGION_CHANGED = register(
    "region.changed",
    public=False,
    meaning="A region was made or edited: {code, name}.",
    moves=Moves.NOTHING,
)
REGION_DELETED = register(
    "region.deleted",
    public=False,
    meaning="A region was deleted: {code, name}.",
    moves=Moves.NOTHING,
)
# The page says so when monitoring goes blind.
MONITORING_BLIND = register(
    "monitoring.blind",
    public=False,
    meaning="A vantage point lost its own network or its name servers; nothing that it fails to "
    "reach because of that counts: "
    "{region, since}.",
    live=SNAPSHOT,
    live_if_hidden=True,
)
MONITORING_SEES_AGAIN = register(
    "monitoring.sees_again",
    public=False,
    meaning="A vantage point has them back: {region, since, until}.",
    live=SNAPSHOT,
    live_if_hidden=True,
)
ALERT_RULE_CHANGED = register(
    "alert_rule.changed",
    public=False,
    meaning="A rule for alerts was created or edited: {rule_id, name, position, matchers, status}.",
    moves=Moves.NOTHING,
)
ALERT_RULE_DELETED = register(
    "alert_rule.deleted",
    public=False,
    meaning="A rule for alerts was deleted: {rule_id, matchers}.",
    moves=Moves.NOTHING,
)
