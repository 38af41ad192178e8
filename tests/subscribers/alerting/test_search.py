"""The search of alerts: by every name that a component has or had, and never through all alerts."""

import pytest
from django.utils import timezone

from components.models import Component
from subscribers.alerting import search
from subscribers.enums import AlertStage
from subscribers.models import Alert
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def alert(component: Component, name: str = "") -> Alert:
    now = timezone.now()
    return Alert.objects.create(
        component_id=component.pk, name=name or component.name, stage=AlertStage.RESOLVED,
        severity="major", facts={}, began_at=now, resolved_at=now,
    )  # fmt: skip


def found(words: str) -> list[str]:
    matches = search.named(words)
    return [] if matches is None else [each.name for each in Alert.objects.filter(matches)]


def test_alerts_are_found_by_their_components_names() -> None:
    shop, search_box = build.component(name="Web Shop"), build.component(name="Search")
    renamed, gone = build.component(name="Checkout"), build.component(name="Fax 100%")
    for each in (shop, search_box, gone):
        alert(each)
    alert(renamed, "Basket")
    Component.objects.filter(pk=gone.pk).delete()

    assert found("shop web") == ["Web Shop"]
    assert found('"web shop"') == ["Web Shop"]
    assert found('"shop web"') == []
    assert found("checkout") == ["Basket"], "by the name that it has now"
    assert found("basket") == ["Basket"]
    assert found("FAX") == ["Fax 100%"], "of a component that is gone"
    assert found("%") == ["Fax 100%"]


def test_a_name_of_nobody_is_known_without_reading_alerts() -> None:
    alert(build.component(name="Web Shop"))

    assert search.named("nothing of that name") is None
    assert search.named("' \"") is None


def test_where_many_components_match_the_newest_alerts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_IDS", 1)
    first, second = (alert(build.component(name=f"Shop {n}")) for n in range(2))
    alert(build.component(name="Search"))

    assert found("shop") == [second.name, first.name]
