"""The event types of the composition: alerts, tokens, accounts. None is public."""

from components.journal.event_types import SNAPSHOT, Moves, Topic, register

TOKEN_CHANGED = register(
    "token.changed",
    public=False,
    meaning="An API token was made or edited: {token_id, name, scopes, page}; never its key.",
    moves=Moves.NOTHING,
)
TOKEN_DELETED = register(
    "token.deleted",
    public=False,
    meaning="An API token was deleted: {token_id, name}.",
    moves=Moves.NOTHING,
)

APPEARANCE_CHANGED = register(
    "page.appearance_changed",
    public=False,
    meaning="How a page looks was changed: {page, fields}.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)

_ANNOUNCEMENT = "{announcement_id, name, page, kind, message, messages, starts_at, ends_at}"
ANNOUNCEMENT_CHANGED = register(
    "announcement.changed",
    public=False,
    meaning=f"An announcement was made or edited: {_ANNOUNCEMENT}.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)
ANNOUNCEMENT_STARTED = register(
    "announcement.started",
    public=False,
    meaning=f"An announcement appeared because its time had come: {_ANNOUNCEMENT}.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)
ANNOUNCEMENT_ENDED = register(
    "announcement.ended",
    public=False,
    meaning=f"An announcement's time was over: {_ANNOUNCEMENT}.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)
ANNOUNCEMENT_DELETED = register(
    "announcement.deleted",
    public=False,
    meaning=f"An announcement was deleted: {_ANNOUNCEMENT}.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)

_DATA = "{component_id, name, status, since, reasons, was}"

ALERT_RAISED = register(
    "alert.raised",
    public=False,
    meaning=f"A component is not well, or got worse; somebody should look: {_DATA}.",
    moves=Moves.NOTHING,
    notifies=Topic.ALERTS,
)
ALERT_MUTED = register(
    "alert.muted",
    public=False,
    meaning="A component is not well, under a maintenance window; raised when that is over and it "
    f"is still not: {_DATA}, windows.",
    moves=Moves.NOTHING,
    notifies=Topic.ALERTS,
)
ALERT_SUPPRESSED = register(
    "alert.suppressed",
    public=False,
    meaning=f"A component is not well because of what it depends on: {_DATA}, by.",
    moves=Moves.NOTHING,
    notifies=Topic.ALERTS,
)
ALERT_RESOLVED = register(
    "alert.resolved",
    public=False,
    meaning=f"A component is well again; `was` says whether anybody was alerted: {_DATA}.",
    moves=Moves.NOTHING,
    notifies=Topic.ALERTS,
)
PERSON_CHANGED = register(
    "person.changed",
    public=False,
    meaning="Somebody's account, roles or password changed: "
    "{username, fields, roles, active, superuser}.",
)
PERSON_DELETED = register(
    "person.deleted", public=False, meaning="An account was deleted: {username}."
)
PERSON_SIGNED_IN = register(
    "person.signed_in",
    public=False,
    meaning="Somebody signed in: {username, by, network, new_device}.",
    moves=Moves.NOTHING,
)
PERSON_REFUSED = register(
    "person.refused",
    public=False,
    meaning="Somebody was not let in; too many tries are recorded once in 15 minutes: "
    "{username, by, reason}.",
    moves=Moves.NOTHING,
)
PERSON_SIGN_IN_CHANGED = register(
    "person.sign_in_changed",
    public=False,
    meaning="Somebody's second factors, passkeys or providers changed: {username, change}.",
    moves=Moves.NOTHING,
)
PERSON_SESSIONS_ENDED = register(
    "person.sessions_ended",
    public=False,
    meaning="Sessions of somebody were ended: {username, count}.",
    moves=Moves.NOTHING,
)
BREAK_GLASS_MADE = register(
    "person.break_glass_made",
    public=False,
    meaning="A one-time way in was made on the machine itself: {username, expires_at}.",
    moves=Moves.NOTHING,
)
ROLE_CHANGED = register(
    "role.changed",
    public=False,
    meaning="A role of the operator's own was made or edited: {name, permissions}.",
)
ROLE_DELETED = register(
    "role.deleted", public=False, meaning="A role of the operator's own was deleted: {name}."
)
DEMO_FILLED = register(
    "demo.filled",
    public=False,
    meaning="A store was filled with sample history for a demonstration: {preset}.",
)
PAGE_CHANGED = register(
    "page.changed",
    public=False,
    meaning="A page was made or edited: {slug, name, hosts, private, key_version}; never its "
    "password.",
    moves=Moves.NOTHING,
    live=SNAPSHOT,
    live_if_hidden=True,
)
PAGE_LINK_MADE = register(
    "page.link_made",
    public=False,
    meaning="Somebody made a signed link to a private page: {slug, until}; never the link.",
    moves=Moves.NOTHING,
)
PAGE_DELETED = register(
    "page.deleted", public=False, meaning="A page was deleted: {slug}.", moves=Moves.NOTHING
)
DISCOVERED_GONE = register(
    "discovery.gone",
    public=False,
    meaning="What a component was discovered by does not name it any more: "
    "{component_id, name, system}.",
    moves=Moves.NOTHING,
)
DISCOVERED_BACK = register(
    "discovery.back",
    public=False,
    meaning="What a component was discovered by names it again: {component_id, name, system}.",
    moves=Moves.NOTHING,
)
REPORT_FROZEN = register(
    "report.frozen",
    public=False,
    meaning="A page's report of a month was frozen and signed; reason says why it is a further "
    "revision: {page, month, revision, reason, sha256}.",
    moves=Moves.NOTHING,
)
CATALOGUE_APPLIED = register(
    "catalogue.applied",
    public=False,
    meaning="A catalogue document was applied; the entries that follow are what it changed: "
    "{created, changed, retired}.",
    moves=Moves.NOTHING,
)
MCP_CALLED = register(
    "mcp.called",
    public=False,
    meaning="A tool was called by the Model Context Protocol: {tool, token, refused}.",
    moves=Moves.NOTHING,
)
