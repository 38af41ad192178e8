"""One mailbox is one subscriber, however its domain is written (F-M9)."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from components.secrets import Sealed
from subscribers.addresses import digest, normalise
from subscribers.models import Delivery, Subscriber
from subscribers.tokens import Purpose, find, token
from tests import build

migration = import_module("subscribers.migrations.0011_one_mailbox")
WAYS = ("u@bücher.example", "u@xn--bcher-kva.example", "U@BÜCHER.example", "u@bu\u0308cher.example")


@pytest.mark.parametrize("address", WAYS)
def test_every_way_of_writing_a_domain_is_one_address(address: str) -> None:
    normal = normalise("email", address)

    assert normal.lower() == "u@xn--bcher-kva.example"
    assert digest("email", normal) == digest("email", normalise("email", WAYS[0]))
    assert normalise("email", normal) == normal


@pytest.mark.parametrize("channel", ["webhook", "slack", "discord", "teams", "mattermost"])
def test_a_hooks_host_is_written_one_way_and_the_rest_stays(channel: str) -> None:
    told = normalise(channel, "HTTPS://user:Pass@BÜCHER.example:8443/Canary?A=ü#B")

    assert told == "https://user:Pass@xn--bcher-kva.example:8443/Canary?A=ü#B"
    assert normalise(channel, told) == told
    assert normalise(channel, "http://[::1]:9/x") == "http://[::1]:9/x"


@pytest.mark.parametrize(
    "address",
    ["notanemail", "a@", "@b.org", "a@b", "a@-b.org", "a@xn--.org", "a@xn--a.example", "a@b..org",
     "a@℀.org", "a b@c.org", "a@b.org, c@d.org", "", "a@" + "ü" * 70 + ".org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        normalise("email", address)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused_and_once_normal_stays_so(text: str) -> None:
    for candidate in (text, f"a@{text}.org", f"{text}@example.org"):
        try:
            normal = normalise("email", candidate)
        except ValidationError:
            continue
        assert normalise("email", normal) == normal
        assert normal.rpartition("@")[2].isascii()


def old_row(address: str, **fields: object) -> Subscriber:
    """A subscriber as it was stored before: under the domain as it was written."""
    row = build.subscriber(**fields)  # type: ignore[arg-type]
    Subscriber.objects.filter(pk=row.pk).update(
        address=Sealed.of(address), address_digest=f"old {row.pk}"
    )
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_rows_of_one_mailbox_are_merged_and_their_links_lead_to_the_one_that_stays() -> None:
    one, two = build.component(), build.component()
    left = old_row("u@BÜCHER.example", unsubscribed_at=datetime.now(UTC))
    first = old_row("u@bücher.example", components=[one], min_severity="critical")
    ascii_one = build.subscriber("u@xn--bcher-kva.example", components=[two], kinds=["status"])
    other = build.subscriber("v@example.org")
    links = {pk.pk: token(pk, Purpose.UNSUBSCRIBE) for pk in (left, first, ascii_one)}

    for _ in range(2):
        migration.merge(apps, None)

    kept = Subscriber.objects.get(merged_into=None, address_digest__in=[
        digest("email", "u@xn--bcher-kva.example")])  # fmt: skip
    assert kept.address is not None
    assert kept.address.reveal() == "u@xn--bcher-kva.example"
    assert kept.pk == first.pk
    assert set(kept.components.all()) == {one, two}
    assert set(kept.kinds) == {"incidents", "maintenance", "status"}
    assert kept.min_severity == "none"
    assert {find(link, Purpose.UNSUBSCRIBE) for link in links.values()} == {kept}
    assert not Subscriber.objects.exclude(merged_into=None).exclude(address="").exists()
    other.refresh_from_db()
    assert other.is_active
    assert not Delivery.objects.exists()
