"""What a feed, calendar or badge is about: the whole page, or one component or group of it."""

from dataclasses import dataclass
from itertools import chain

from components.languages.words import ENGLISH, Words
from statuspage.pages.announcement import AnnouncementView
from statuspage.pages.face import path_of
from statuspage.renderers.html.escaping import clean
from statuspage.state.page_state import (
    ComponentView,
    GroupView,
    IncidentView,
    PageState,
    WindowView,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The page's facts, narrowed to `component` or `group` if there is one."""

    state: PageState
    component: ComponentView | None = None
    words: Words = ENGLISH
    group: GroupView | None = None

    @property
    def part(self) -> ComponentView | GroupView | None:
        """What of the page it is about; None for the whole of it."""
        return self.component or self.group

    @property
    def components(self) -> tuple[ComponentView, ...]:
        """The components that it is about."""
        if self.component:
            return (self.component,)
        return (self.group or self.state).components

    @property
    def name(self) -> str:
        site = clean(self.state.site_name).strip() or "Status"
        return f"{clean(self.part.name)} · {site}" if self.part else site

    @property
    def address(self) -> str:
        """Absolute, and only ever from the settings."""
        return link(self.state, self.path)

    @property
    def path(self) -> str:
        """As `main` would have it."""
        return f"/status/components/{self.component.slug}" if self.component else "/status"

    def announcements(self) -> tuple[AnnouncementView, ...]:
        """Return what the page announces; nothing for a part of it."""
        return () if self.part else self.state.announcements

    def incidents(self) -> list[IncidentView]:
        """Return the incidents: open ones first, each part newest first."""
        incidents = chain(self.state.incidents, self.state.past_incidents)
        return [each for each in incidents if self._concerns(each.components)]

    def windows(self) -> list[WindowView]:
        """Return the windows: to come first, nearest first; then those closed lately."""
        windows = chain(self.state.windows, self.state.past_windows)
        return [each for each in windows if not each.components or self._concerns(each.components)]

    def _concerns(self, names: tuple[str, ...]) -> bool:
        return self.part is None or any(each.name in names for each in self.components)


def scope_of(state: PageState, slug: str | None, words: Words = ENGLISH) -> Scope | None:
    """Return the scope of a component's slug, or of the page for None.

    None for a component that the public may not see, exactly as for one there never was.
    """
    if slug is None:
        return Scope(state, words=words)
    component = next((each for each in state.nameable if each.slug == slug), None)
    return Scope(state, component, words) if component else None


def scope_of_group(state: PageState, slug: str, words: Words = ENGLISH) -> Scope | None:
    """Return the scope of a group's slug; None for one that the page does not show."""
    group = next((each for each in state.groups if each.slug == slug), None)
    return Scope(state, words=words, group=group) if group and slug else None


def link(state: PageState, path: str) -> str:
    """Return the absolute address of a path, which is written as `main` would have it."""
    return f"{state.site_url.rstrip('/')}{path_of(state.face.root, path)}"
