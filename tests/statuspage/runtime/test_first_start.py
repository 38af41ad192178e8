"""What a fresh installation has of its own."""

import pytest

from components.models import Component
from monitors.models import Monitor
from statuspage.publishing.snapshot import load
from statuspage.runtime.first_start import (
    create_own_components,
    ensure_region,
    lacks_own_components,
    publish,
    update_addresses,
)

pytestmark = pytest.mark.django_db(transaction=True)
URLS = {"public_url": "http://127.0.0.1:1", "management_url": "http://127.0.0.1:2"}


def start() -> None:
    ensure_region()
    if lacks_own_components():
        create_own_components(**URLS)
    update_addresses(**URLS)
    publish()


def test_the_products_own_components_are_for_the_desk_until_they_are_shown_f_t17() -> None:
    start()

    components = list(Component.objects.select_related("group"))
    snapshot = load()
    assert {component.slug for component in components} == {
        "status-web", "status-workers", "status-database",
    }  # fmt: skip
    assert not any(component.is_public for component in components)
    assert Monitor.objects.filter(enabled=True).count() == len(components)
    assert snapshot is not None
    assert "status-web" not in str(snapshot.state)


def test_what_people_chose_is_kept_at_every_start_f_t17() -> None:
    start()
    group = Component.objects.select_related("group").get(slug="status-web").group
    assert group is not None
    group.visible = True
    group.save()

    start()

    assert all(component.is_public for component in Component.objects.select_related("group"))
