"""Deletion in the admin: never refused for what goes along with a row, and journalled."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import resolve, reverse

from components.models import JournalEntry
from subscribers.delivery import endpoint_health
from subscribers.models import Subscriber
from tests import build
from tests.statuspage.backoffice import full_store, screens

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ASKS = '<input type="hidden" name="post"'


def test_every_row_that_may_be_deleted_is_asked_about(staff: Client) -> None:
    full_store.fill(full_store.now())
    asked, refused, seen = screens.request(), [], set()
    for model, each in admin.site._registry.items():
        name = f"admin:{screens.label(model)}"
        rows = reverse(f"{name}_changelist")
        for row in each.get_queryset(asked):
            one = reverse(f"{name}_delete", args=[quote(row.pk)])
            asked.resolver_match = resolve(one)
            if not each.has_delete_permission(asked, row):
                continue
            several = {"action": "delete_selected", "_selected_action": [row.pk], "index": "0"}
            answers = [staff.get(one)]
            asked.resolver_match = resolve(rows)
            if "delete_selected" in each.get_actions(asked):
                answers.append(staff.post(rows, several))
            seen.add(model._meta.label)
            # What is in use is protected, and says by what.
            refused += [
                f"{row!r}: {', '.join(map(str, answer.context['perms_lacking'])) or 'not asked'}"
                for answer in answers
                if ASKS not in answer.content.decode() and not answer.context["protected"]
            ]

    assert not refused, "\n".join(refused)
    assert {"subscribers.Subscriber", "components.Component", "auth.User"} <= seen


def test_a_subscriber_that_is_deleted_is_erased_with_one_entry_in_the_journal(
    staff: Client,
) -> None:
    gone, other = build.subscriber("ann@customer.dev"), build.subscriber("bert@customer.dev")
    endpoint_health.suspend(gone, "mail came back", now=full_store.now())
    rows = reverse("admin:subscribers_subscriber_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [gone.pk], "post": "yes"}

    staff.post(rows, chosen)
    staff.post(reverse("admin:subscribers_subscriber_delete", args=[other.pk]), {"post": "yes"})

    assert not Subscriber.objects.exists()
    entries = JournalEntry.objects.filter(kind="subscriber.erased").order_by("pk")
    assert [(each.data["subscriber_ids"], each.actor) for each in entries] == [
        ([gone.pk], "olga"), ([other.pk], "olga"),
    ]  # fmt: skip


def test_whoever_may_not_delete_subscribers_is_still_refused(client: Client) -> None:
    tom = User.objects.create_user("tom", password="a long password", is_staff=True)
    tom.user_permissions.set(Permission.objects.filter(codename="view_subscriber"))
    client.force_login(tom)
    row = build.subscriber("ann@customer.dev")

    answer = client.post(reverse("admin:subscribers_subscriber_delete", args=[row.pk]))

    assert answer.status_code == 403


def test_what_staff_change_of_a_subscriber_is_in_the_journal(staff: Client) -> None:
    row = build.subscriber("ann@customer.dev")
    form = staff.get(reverse("admin:subscribers_subscriber_change", args=[row.pk]))
    fields = form.context["adminform"].form
    typed = {name: fields[name].value() for name in fields.fields}

    answer = staff.post(form.request["PATH_INFO"], {**typed, "language": "de"})

    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()
    assert row.language == "de"
    entry = JournalEntry.objects.get(kind="subscriber.changed")
    assert (entry.subject_id, entry.actor) == (row.pk, "olga")
