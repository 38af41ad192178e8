"""The card of first steps: what is done, what is still to do, and what was entered and refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext, ngettext

from components.models import Component, Group, JournalEntry
from monitors.models import Monitor
from statuspage.backoffice.first_steps.watch import Line
from statuspage.event_types import PERSON_SIGN_IN_CHANGED
from statuspage.models import Appearance
from statuspage.pages.face import MAIN
from statuspage.staff_models import SetupStep
from subscribers.models import AlertStep

PERMISSIONS = (
    "auth.change_user", "components.add_component", "components.change_group",
    "monitors.add_monitor", "statuspage.change_appearance", "subscribers.add_alertroute",
    "subscribers.add_alertchannel",
)  # fmt: skip
"""What all steps together need: those who have it are greeted."""
UNNAMED = "Status"
"""The name that a page has until somebody gives it one."""
HIDDEN, FINISHED, MAIL, OWN = "hidden", "finished", "mail", "own"


@dataclass(frozen=True, slots=True)
class Step:
    """A step, and what is known of it once it is done."""

    name: str
    number: int
    done: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered and not taken: texts and errors by field, and the lines of addresses."""

    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Card:
    steps: Mapping[str, Step]
    current: str
    """The first that is not done."""
    entered: Entered
    site_name: str
    mail_works: bool
    """Whether a mail server is configured at all."""
    address: str
    """Where a test goes unless another address is entered."""

    @property
    def done(self) -> int:
        return sum(each.done for each in self.steps.values())

    @property
    def ready(self) -> int:
        """How many lines can be added."""
        return sum(not each.error for each in self.entered.lines)


def may_set_up(user: User) -> bool:
    """Return whether somebody can take every step."""
    return user.has_perms(PERMISSIONS)


def mark(name: str) -> None:
    """Remember a step that nothing else tells of."""
    SetupStep.objects.update_or_create(name=name, defaults={"at": datetime.now(UTC)})


def gather_card(user: User | AnonymousUser, entered: Entered | None = None) -> Card | None:
    """Return the card; None for those who cannot take the steps, and once all are done or it is
    hidden."""
    if not isinstance(user, User) or not may_set_up(user):
        return None
    marks = set(SetupStep.objects.values_list("name", flat=True))
    if marks & {HIDDEN, FINISHED} and entered is None:
        return None
    found = _found(user, marks)
    steps = {
        name: Step(name, number, bool(note), note)
        for number, (name, note) in enumerate(found.items(), start=1)
    }
    current = next((each.name for each in steps.values() if not each.done), "")
    if not current and entered is None:
        mark(FINISHED)
        return None
    return Card(
        steps=steps,
        current=current,
        entered=entered or Entered(),
        site_name=_site_name(),
        mail_works=bool(settings.STATUSPAGE.email_url),
        address=user.email,
    )


def _found(user: User, marks: set[str]) -> dict[str, str]:
    """Return what is known of each step, in their order; '' where it is still to do."""
    return {
        "secure": _secured(user),
        "name": _named(),
        "watch": _watched(),
        "mail": gettext("Test sent") if MAIL in marks else "",
        "alerts": _alerted(),
        "own": gettext("Decided") if OWN in marks else _nothing_own(),
    }


def _secured(user: User) -> str:
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if Authenticator.Type.WEBAUTHN in types:
        return gettext("Passkey added")
    if types:
        return gettext("Second factor added")
    if not user.has_usable_password():
        return gettext("You sign in without a password")
    changed = JournalEntry.objects.filter(kind=PERSON_SIGN_IN_CHANGED.name, subject_id=user.pk)
    return gettext("Password changed") if changed.exists() else ""


def _named() -> str:
    row = Appearance.objects.filter(page_id=MAIN).values_list("values", flat=True).first() or {}
    given = settings.STATUSPAGE.site_name
    if name := row.get("name") or (given if given != UNNAMED else ""):
        return str(name)
    return gettext("Logo added") if row.get("logo") else ""


def _site_name() -> str:
    row = Appearance.objects.filter(page_id=MAIN).values_list("values__name", flat=True).first()
    return str(row or settings.STATUSPAGE.site_name)


def _watched() -> str:
    number = Component.objects.filter(
        pk__in=Monitor.objects.filter(builtin=None).values("component")
    ).count()
    return (
        ngettext("{number} component", "{number} components", number).format(number=number)
        if number
        else ""
    )


def _alerted() -> str:
    names = AlertStep.objects.filter(route__enabled=True, channel__enabled=True)
    return ", ".join(dict.fromkeys(names.values_list("channel__name", flat=True)[:3]))


def own_group() -> Group | None:
    """Return the group of the product's own components, if they are in one still."""
    builtin = Monitor.objects.exclude(builtin=None).values("component")
    return Group.objects.filter(components__in=builtin).distinct().order_by("pk").first()


def _nothing_own() -> str:
    return "" if own_group() else gettext("There are none")
