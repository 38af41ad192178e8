"""S16: an autocomplete field that is sent what is no id refuses it, and shows the form again."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import build
from tests.statuspage.backoffice.test_every_form import filled_in

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize("value", ["=cmd()", "9" * 300, "-1", "1e999", "\0", ""])
def test_s16_what_is_no_id_is_refused_in_the_form(staff: Client, value: str) -> None:
    monitor = build.monitor(regions=(build.region("eu", "Europe"),))
    url = reverse("admin:monitors_monitor_change", args=[monitor.pk])
    form = filled_in(staff, url)

    answer = staff.post(url, {**form, "component": value, "regions": [value]})

    assert answer.status_code == 200
    assert "component" in answer.context["adminform"].form.errors
