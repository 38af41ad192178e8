"""What staff set up is journalled from the admin as from the API; who may give which scopes."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from components.models import JournalEntry
from incidents.models import IncidentTemplate
from monitors.models import Region
from statuspage.models import ApiToken
from subscribers.alerting.channels import save_channel
from subscribers.models import AlertChannel, AlertRoute
from tests.sessions import log_in

pytestmark = pytest.mark.django_db
STEPS = {
    "steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0", "steps-MIN_NUM_FORMS": "0",
    "steps-MAX_NUM_FORMS": "9",
}  # fmt: skip
ROUTE = {
    "name": "All", "enabled": "on", "min_severity": "minor", "hours_zone": "UTC",
    "hours_days": ["1", "2"], "remind_minutes": "0", **STEPS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "form", "kind"),
    [
        (AlertRoute, ROUTE, "alert_route"),
        (AlertChannel, {"name": "Desk", "channel": "email", "new_address": "ops@example.org"},
         "alert_channel"),
        (Region, {"code": "eu-x", "name": "Ireland", "sort_order": "0"}, "region"),
        (IncidentTemplate, {"name": "Disk", "title": "T", "message": "M", "severity": "minor",
                            "status": "identified"}, "template"),
    ],
)  # fmt: skip
def test_f_m13_what_is_set_up_in_the_admin_is_journalled(
    staff: Client, model: Any, form: dict[str, Any], kind: str
) -> None:
    root = f"/admin/{model._meta.app_label}/{model._meta.model_name}"

    staff.post(f"{root}/add/", form)
    row = model.objects.get()
    history = staff.get(f"{root}/{row.pk}/history/", follow=True)
    staff.post(f"{root}/{row.pk}/delete/", {"post": "yes"})

    assert history.status_code == 200
    assert not model.objects.exists()
    entries = JournalEntry.objects.filter(kind__startswith=f"{kind}.").order_by("id")
    assert [each.kind for each in entries] == [f"{kind}.changed", f"{kind}.deleted"]
    assert all(each.actor for each in entries)


def test_f_m13_another_kind_of_channel_needs_its_own_address_in_the_admin(staff: Client) -> None:
    row = AlertChannel(name="Desk", channel="email")
    save_channel(row, address="ops@example.org")
    url = f"/admin/subscribers/alertchannel/{row.pk}/change/"
    seen = staff.get(url).context["adminform"].form["seen_version"].value()

    answer = staff.post(
        url, {"name": "Desk", "channel": "slack", "new_address": "", "seen_version": seen}
    )

    assert "address for this channel" in str(answer.context["adminform"].form.errors["new_address"])


@pytest.mark.parametrize("may", [False, True])
def test_f_m13_scopes_for_people_are_given_by_those_who_may_make_people(
    client: Client, may: bool
) -> None:
    user = User.objects.create_user("dora", is_staff=True)
    names = ["add_apitoken", "view_apitoken", *(["add_user", "change_user"] if may else [])]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    log_in(client, user)

    client.post("/admin/statuspage/apitoken/add/", {"name": "ci", "scopes": ["people:write"]})

    assert ApiToken.objects.exists() is may
