"""The vocabulary of telling people: kinds of news, scopes, and the fates of a message."""

from enum import StrEnum


class Kind(StrEnum):
    """What a subscriber may choose to hear of; `SERVICE` is about the subscription itself."""

    INCIDENTS = "incidents"
    MAINTENANCE = "maintenance"
    STATUS = "status"
    ALERTS = "alerts"
    SERVICE = "service"


CHOOSABLE = (Kind.INCIDENTS, Kind.MAINTENANCE, Kind.STATUS)


class Scope(StrEnum):
    """What of the platform a subscriber follows. Said outright: the components that they chose
    may all be deleted, and that must not turn into everything."""

    ALL = "all"
    COMPONENTS = "components"
    INCIDENT = "incident"


class State(StrEnum):
    """Where a delivery is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRYING = "retrying"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNCONFIRMED = "unconfirmed"
    MUTED = "muted"
    HELD = "held"

    @property
    def pending(self) -> bool:
        return self in (State.QUEUED, State.SENDING, State.RETRYING)


class AlertStage(StrEnum):
    """Where an operators' alert is."""

    RAISED = "raised"
    MUTED = "muted"
    SUPPRESSED = "suppressed"
    RESOLVED = "resolved"


def scope_choices() -> list[tuple[str, str]]:
    return [
        (Scope.ALL, "Everything"),
        (Scope.COMPONENTS, "Chosen components"),
        (Scope.INCIDENT, "One incident"),
    ]


def state_choices() -> list[tuple[str, str]]:
    return [(state.value, state.value.capitalize()) for state in State]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.value, kind.value.capitalize()) for kind in Kind]


def alert_stage_choices() -> list[tuple[str, str]]:
    return [(stage.value, stage.value.capitalize()) for stage in AlertStage]
