"""Services of people's accounts. Whoever is no superuser changes no superuser and makes none."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from components.journal import Event, record
from statuspage.event_types import PERSON_CHANGED, PERSON_DELETED

FIELDS = ("username", "first_name", "last_name", "email", "is_active", "is_staff")


class SuperuserError(Exception):
    """An account of a superuser is changed by superusers alone, in the admin."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


def save_person(
    person: User, *, roles: Collection[Group] | None = None, password: str = "", actor: str = ""
) -> User:
    """Create or change an account that is no superuser's.

    None leaves its `roles`, '' its password; a new account without a password cannot sign in.
    Raises ValidationError naming the field, SuperuserError.
    """
    stored = User.objects.filter(pk=person.pk).first() if person.pk else None
    if person.is_superuser or (stored is not None and stored.is_superuser):
        raise SuperuserError
    if password:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise ValidationError({"password": error.messages}) from None
        person.set_password(password)
    elif stored is None:
        person.set_unusable_password()
    person.full_clean()
    fields = [
        name for name in FIELDS if stored is None or getattr(stored, name) != getattr(person, name)
    ]
    with transaction.atomic():
        person.save()
        if roles is not None:
            person.groups.set(roles)
            fields.append("groups")
        record(person_changed(person, fields=fields, actor=actor))
    return person


def person_changed(person: User, *, fields: Iterable[str], actor: str = "") -> Event:
    """Return the event of a created or changed account, whose rows are written."""
    data = {
        "username": person.username,
        "fields": [name for name in fields if "password" not in name],
        "roles": sorted(person.groups.values_list("name", flat=True)),
        "active": person.is_active and person.is_staff,
        "superuser": person.is_superuser,
    }
    return Event(PERSON_CHANGED, data, subject_id=person.pk, actor=actor)


def delete_person(person: User, *, by_superuser: bool = False, actor: str = "") -> None:
    """Delete an account; what it did stays in the journal under its name.

    Raises SuperuserError for that of a superuser, unless it is one who deletes it.
    """
    if person.is_superuser and not by_superuser:
        raise SuperuserError
    data = {"username": person.username}
    event = Event(PERSON_DELETED, data, subject_id=person.pk, actor=actor)
    with transaction.atomic():
        person.delete()
        record(event)
