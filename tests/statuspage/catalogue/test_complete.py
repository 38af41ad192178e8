"""P06: all that the desk shows is in the catalogue, or here with the reason why it is not."""

import pytest
from django.contrib import admin

import statuspage.urls  # noqa: F401  (it has the admin find its models)
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.kinds import KINDS

IN_ANOTHER = {
    "statuspage.Appearance": "pages",
}
"""What a section has as a part of its objects."""
LEFT_OUT = {
    # What people say and do meanwhile.
    "components.DeclaredPeriod": "history that people declare",
    "incidents.Incident": "what happens, not what is set up",
    "maintenance.Window": "dates; series are in the catalogue",
    "subscribers.Alert": "what happens",
    "subscribers.Delivery": "what was sent",
    "subscribers.Hold": "a pause of sending, until somebody ends it",
    "subscribers.Suspension": "what an endpoint's failures led to",
    "monitors.UnmatchedAlert": "what happens",
    # People, and what lets them in: no file that anybody may read and apply gives access.
    "auth.User": "an account, of a person; /api/v1/people",
    "auth.Group": "what people may do; no file gives access",
    "statuspage.ApiToken": "a key that is told once; /api/v1/tokens",
    # Who is told, by their own wish.
    "subscribers.Endpoint": "the signing secret of an endpoint, which is made for it",
    # The machine's own.
    "components.JournalCursor": "how far a reader of the journal is",
    "components.JournalEntry": "what happened",
    "components.SetAside": "what failed",
    "monitors.Agent": "registers itself, by its token",
    "monitors.Reader": "registers itself",
    "statuspage.Progress": "a process at work",
}


def test_p06_every_model_of_the_admin_is_in_the_catalogue_or_has_a_reason() -> None:
    shown = {model._meta.label for model in admin.site._registry}
    described = {kind.model._meta.label for kind in KINDS}

    assert shown - described - IN_ANOTHER.keys() == LEFT_OUT.keys()
    assert not described & LEFT_OUT.keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.section)
def test_p06_every_column_that_the_admin_edits_is_in_the_catalogue(kind: ObjectKind) -> None:
    """A column that a release adds is exported, or named here."""
    columns = (*kind.model._meta.fields, *kind.model._meta.many_to_many)
    edited = {each.name for each in columns if each.editable and not each.auto_created}

    assert edited - set(kind.names) == MEANWHILE.get(kind.section, set())


MEANWHILE = {
    "components": {"status_override", "override_note"},
    "maintenance_series": {"ended"},
    "endpoints": {"scope"},  # through its components
    "alert_routes": {"channels"},  # through its steps
    "pages": {"demo", "status", "status_since"},
}
"""What people say of a row meanwhile, and what the machine keeps in it."""
