"""What an announcement on a page is: it decides the word above it and its colour."""

from enum import StrEnum

from components.languages.words import msg


class AnnouncementKind(StrEnum):
    INFO = "info"
    WARNING = "warning"
    GOOD_NEWS = "good_news"

    @property
    def label(self) -> str:
        """The word above it, in English."""
        return _LABELS[self]


_LABELS = {
    AnnouncementKind.INFO: msg("Announcement"),
    AnnouncementKind.WARNING: msg("Warning"),
    AnnouncementKind.GOOD_NEWS: msg("Good news"),
}


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds as the choices of a field."""
    return [(kind.value, kind.label) for kind in AnnouncementKind]
