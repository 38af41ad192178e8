"""All that any public dialect may show, as frozen values: what is not here cannot leak.

A `PageState` is built once per change by `builder.gather()`, rendered once per dialect, and kept in
memory, in the database and on disk. Instants are aware datetimes in UTC; periods are half-open.
"""

from dataclasses import dataclass
from datetime import date, datetime

from components.languages.names import ENGLISH_TAG
from components.languages.words import Words
from components.status import Status
from components.uptime.layers import Policy
from monitors.rules.reader_metrics import ReaderFigures
from statuspage.pages.announcement import AnnouncementView
from statuspage.pages.appearance import USUAL, Appearance
from statuspage.pages.face import MAIN_FACE, Face
from statuspage.state.observations import BlindView, NumberView


@dataclass(frozen=True, slots=True)
class Day:
    """One day that was not simply operational; days that were are left out.

    `seconds` maps a status to its seconds within the day (UTC); what is missing up to 86,400
    (or up to now, today) is operational, or before the first knowledge. `status` is the worst one
    worth showing; unknown while less than a minute of the day is known.
    """

    on: date
    status: Status
    seconds: dict[Status, int]


@dataclass(frozen=True, slots=True)
class RegionView:
    """What a component's monitors report from one region."""

    code: str
    name: str
    status: Status
    latency_ms: float | None
    """The newest response time, averaged over its monitors there."""
    checked_at: datetime | None
    """The oldest 'last evidence' of its monitors there."""


@dataclass(frozen=True, slots=True)
class FiguresView:
    """What listeners and readers have reported (T23–T25). Callers with a token may ask for it;
    nothing that is public shows it."""

    requests_total: int = 0
    requests_failed: int = 0
    average_ms: float = 0.0
    """Of the last 24 hours, like both counts."""
    cpu: float = 0.0
    memory: float = 0.0
    storage: float = 0.0
    inbound: str = "0 bps"
    outbound: str = "0 bps"
    clusters: int = 0
    active_clusters: int = 0
    utilization: float = 0.0
    queue_length: int = 0


@dataclass(frozen=True, slots=True)
class ComponentView:
    """A component as the public sees it."""

    id: int
    slug: str
    name: str
    description: str
    status: Status
    since: datetime | None
    """When it took its present status."""
    note: str
    """One public sentence that says more than the status word, or ''."""
    uptime: float | None
    """Percent of the known time of the last 90 days; None with less than an hour of it (C8)."""
    latency_ms: float | None
    """The newest response time, averaged over its monitors; None when nothing was measured."""
    checked_at: datetime | None
    """When evidence was last seen (X24); None for a component run by hand."""
    first_known_on: date | None
    """The first day of the 90 with any knowledge; earlier cells are drawn as 'no data'."""
    days: tuple[Day, ...]
    """Oldest first, only days in the 90-day span that were not simply operational."""
    counts_for_overall: bool
    created_at: datetime
    updated_at: datetime
    affected_by: tuple[str, ...] = ()
    """Display names of the public components that it depends on, directly or not, and that are
    not well now; nearest first. Its own status says nothing of them."""
    regions: tuple[RegionView, ...] = ()
    """By the regions' order; empty for a component run by hand."""
    maintenance_counts: bool = False
    """Whether `uptime` counts announced maintenance as time down; else it is left out."""
    critical: bool = False
    by_hand: bool = False
    """Whether a person set its status: what its regions say does not count then."""
    needs: tuple[str, ...] = ()
    """Display names of the public components that it depends on directly."""
    response_ms: tuple[int | None, ...] = ()
    """Its mean response times in the last 24 whole hours, oldest first; None for an hour without
    a good answer. Empty when there is nothing to draw."""
    numbers: tuple[NumberView, ...] = ()
    """Numbers that are sent for it, of which something is known now."""
    former_slugs: tuple[str, ...] = ()
    """What its slug was before."""
    last_incident_at: datetime | None = None
    """When the newest published incident that affected it began."""
    known_from: datetime | None = None
    """When the known time of the 90 days begins, to the instant."""
    basis: Policy = Policy.WORST
    """Which layer of its history its days and its uptime follow."""
    retired_at: datetime | None = None
    """Since when it is retired: not on the page, but named in what happened before."""
    by_staff: bool = False
    """Whether it has no monitors: staff report its status, and its basis is what they declared."""
    only_when_wrong: bool = False
    """Whether the page lists it only while something is wrong."""

    @property
    def is_listed(self) -> bool:
        """Whether the page lists it now."""
        calm = self.status is Status.OPERATIONAL and not self.affected_by
        return not (self.only_when_wrong and calm)


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of components as the public sees it."""

    id: int | None
    """None for the components that stand in no group."""
    name: str
    description: str
    collapsed: bool
    components: tuple[ComponentView, ...]
    open_when_wrong: bool = True
    """Whether a collapsed one unfolds while something in it is wrong."""
    slug: str = ""


Translations = tuple[tuple[str, str], ...]
"""A text in other languages than it was written in: tags and texts."""


@dataclass(frozen=True, slots=True)
class UpdateView:
    """An update of an incident or a window."""

    id: int
    status: str
    message: str
    created_at: datetime
    messages: Translations = ()
    language: str = ""
    """The tag of the language of its message, where that is not the reader's."""
    declared: tuple[tuple[str, Status], ...] = ()
    """What it said of public components from then on: display name and status."""


@dataclass(frozen=True, slots=True)
class IncidentView:
    """A published incident."""

    id: int
    title: str
    severity: str
    status: str
    components: tuple[str, ...]
    """Display names of the public components it affects."""
    started_at: datetime
    resolved_at: datetime | None
    updates: tuple[UpdateView, ...]
    """Newest first."""
    reference: str = ""
    regions: tuple[str, ...] = ()
    """Codes; none means that it is not limited to regions."""
    impacts: tuple[tuple[str, Status], ...] = ()
    """What is declared of each public component by now: display name and status."""
    postmortem: bool = False
    """Whether its post-mortem is published."""
    report: tuple[tuple[str, str], ...] = ()
    """The published post-mortem: headings and Markdown."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    component_ids: tuple[int, ...] = ()
    """Of all components that it affects, hidden ones too: by these pages select it."""
    titles: Translations = ()
    title_language: str = ""
    report_language: str = ""
    """The tags of the languages of title and post-mortem, where these are not the reader's."""


@dataclass(frozen=True, slots=True)
class WindowView:
    """A maintenance window as the public sees it."""

    id: int
    title: str
    message: str
    state: str
    starts_at: datetime
    ends_at: datetime
    """The plan; once it began or ended, when it did."""
    components: tuple[str, ...]
    """Display names of the public components it covers."""
    blocks_api: bool
    reference: str = ""
    """`MAINT-2026-002`, stable for ever."""
    impact: str = "minimal"
    regions: tuple[str, ...] = ()
    component_slugs: tuple[str, ...] = ()
    closed_at: datetime | None = None
    """When it was completed or cancelled."""
    updates: tuple[UpdateView, ...] = ()
    """Newest first."""
    sequence: int = 0
    """Grows with every change of it: what calendars go by."""
    changed_at: datetime | None = None
    """When it or its updates were changed last."""
    created_at: datetime | None = None
    titles: Translations = ()
    messages: Translations = ()
    title_language: str = ""
    language: str = ""
    """The tags of the languages of title and message, where these are not the reader's."""


@dataclass(frozen=True, slots=True)
class BlockView:
    """A window that blocks the API in `[starts_at, ends_at)`: what the gate goes by."""

    window_id: int
    title: str
    """'' for a window that is hidden: it blocks, but is not named."""
    starts_at: datetime
    ends_at: datetime
    slugs: tuple[str, ...]
    """Of the public components that it covers."""
    everything: bool
    """It names no component: the whole platform."""


@dataclass(frozen=True, slots=True)
class IdentityView:
    """What the ids of feeds and calendars are made of."""

    uuid: str = "00000000-0000-0000-0000-000000000000"
    former_site_url: str = ""
    former_until: datetime | None = None
    """What was published until then has ids made of `former_site_url`."""


@dataclass(frozen=True, slots=True)
class ChildView:
    """A page that another one lists, as one row; its address is absolute."""

    slug: str
    name: str
    status: Status
    """The worst of what it shows."""
    address: str


@dataclass(frozen=True, slots=True)
class PageState:
    """The state of one page at one instant."""

    version: int
    """The newest journal entry this state includes; it only ever grows."""
    built_at: datetime
    site_name: str
    site_url: str
    demo: bool
    """True when the store holds made-up history; the page says so."""
    status: Status
    since: datetime | None
    checked_at: datetime | None
    """The oldest 'last evidence' among components that have monitors: nothing is older."""
    history_from: date
    """The first of the 90 days."""
    today: date
    """In UTC, as the days of all histories are."""
    groups: tuple[GroupView, ...]
    incidents: tuple[IncidentView, ...]
    """Open ones, newest first."""
    past_incidents: tuple[IncidentView, ...]
    """Resolved in the last 14 days, newest first."""
    windows: tuple[WindowView, ...]
    """In progress and scheduled, nearest first."""
    past_windows: tuple[WindowView, ...] = ()
    """Completed or cancelled in the last 7 days, newest first."""
    blocks: tuple[BlockView, ...] = ()
    """What blocks the API now or will, nearest first."""
    evidence_due_seconds: int = 60
    """How old `checked_at` may be before the page warns: 3 x the longest interval, 60 at least."""
    blind: tuple[BlindView, ...] = ()
    """Vantage points that are blind at present, the first to lose its network first."""
    blind_everywhere: bool = False
    """Whether no vantage point that watches anything sees."""
    older_incidents: tuple[IncidentView, ...] = ()
    """Resolved before that, as far as they are among the newest 50 of all, newest first."""
    older_windows: tuple[WindowView, ...] = ()
    """Completed before that, as far as they are among the newest 50 completed, newest first."""
    region_codes: tuple[str, ...] = ()
    """Of all regions there are, in their order."""
    figures: FiguresView = FiguresView()
    """Of all readers together."""
    readers: tuple[ReaderFigures, ...] = ()
    """Of each, for who asks for some regions alone. Like `figures` nothing public shows them."""
    identity: IdentityView = IdentityView()
    appearance: Appearance = USUAL
    announcements: tuple[AnnouncementView, ...] = ()
    """What it announces now, the newest first."""
    languages: tuple[str, ...] = (ENGLISH_TAG,)
    """The tags of the languages that the page is offered in, its own first."""
    retired: tuple[ComponentView, ...] = ()
    """Components that are not on the page any more; their own pages, feeds and badges say so."""
    face: Face = MAIN_FACE
    faces: tuple[Face, ...] = ()
    """All other pages, in the state of `main` alone: what each shows follows from this state."""
    children: tuple[ChildView, ...] = ()
    """The pages that this one lists."""

    def today_in(self, words: Words) -> date:
        """Return the day that it is where the words have their times."""
        return self.today if words.zone is None else words.local(self.built_at).date()

    @property
    def nameable(self) -> tuple[ComponentView, ...]:
        """The components on the page and the retired ones: all that may be named."""
        return (*self.components, *self.retired)

    @property
    def components(self) -> tuple[ComponentView, ...]:
        return tuple(component for group in self.groups for component in group.components)
