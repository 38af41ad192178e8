"""Mails say how the components stand that their reader follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from components.models import Component
from subscribers.delivery.fanout import create_notice
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from tests import build
from tests.mailserver import Mail, Script
from tests.subscribers.news import INCIDENT

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def parts(mail: Mail) -> tuple[str, str]:
    body: Any = mail.message
    html = body.get_body(("html",)).get_content()
    return body.get_body(("plain",)).get_content(), html


def test_each_reader_reads_of_what_they_follow(mails: Script, send: Callable[..., int]) -> None:
    shop, search = build.component("Shop"), build.component("Search & <b>find</b>")
    inside = build.component("Inside", visible=False)
    Component.objects.filter(pk=shop.pk).update(status="operational")
    Component.objects.filter(pk=search.pk).update(status="major_outage")
    build.subscriber("all@example.org")
    build.subscriber("shop@example.org", components=[shop, inside])
    facts = replace(INCIDENT, component_ids=(search.pk,), components=(search.name,))
    create_notice(key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip

    send()

    read = {mail.recipients[0].partition("@")[0]: parts(mail) for mail in mails.mails}
    text, html = read["all"]
    assert "Search & <b>find</b>: Major Outage" in text
    assert "Search &amp; &lt;b&gt;find&lt;/b&gt;</bdi>" in html
    assert "Shop: " not in text
    text, html = read["shop"]
    assert "Shop: Operational" in text
    assert "Inside" not in text + html
    assert "[[states]]" not in text + html


def test_many_readers_cost_no_query_each(
    mails: Script, send: Callable[..., int], django_assert_max_num_queries: Any
) -> None:
    shop = build.component("Shop")
    for _ in range(20):
        build.subscriber(components=[shop])
        build.subscriber()
    facts = replace(INCIDENT, component_ids=(shop.pk,))
    create_notice(key="journal-1", facts=facts, audience=Audience(Kind.INCIDENTS),
                  at=datetime.now(UTC))  # fmt: skip

    with django_assert_max_num_queries(2000) as seen:
        send()

    asked = [
        query["sql"] for query in seen.captured_queries if "components_component" in query["sql"]
    ]
    assert len(mails.mails) == 40
    assert len(asked) < 12
