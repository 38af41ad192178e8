"""The recipient of a delivery: a subscriber, or a channel of operators' alerts, unsealed only
for the moment of sending."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from components.models import Component
from subscribers.channels.base import EMAIL, Recipient
from subscribers.delivery.account_mail import with_secret_url
from subscribers.delivery.alert_copies import alert_copy
from subscribers.delivery.bounces.addresses import delivery_token, return_path
from subscribers.delivery.endpoint_health import signing_secrets
from subscribers.delivery.order import facts_as_sent
from subscribers.delivery.page_facts import facts_on
from subscribers.enums import Kind, Scope
from subscribers.message import Facts
from subscribers.models import AlertChannel, Delivery, Notice, Subscriber
from subscribers.pages import PLAIN, Brand, SubscribedPage, main_brand, subscribed_pages
from subscribers.tokens import links


class NoRecipientError(Exception):
    """There is no recipient any more; the message says why."""


MAX_STATES = 12
"""How many components a mail names with their states."""
_WITH_STATES = ("incident.", "maintenance.")


@dataclass(frozen=True, slots=True)
class KnownPages:
    """What recipients may be of: the pages besides the main one, and the main one's brand."""

    by_slug: Mapping[str, SubscribedPage]
    main: Brand = PLAIN


def pages_of(rows: Collection[Delivery]) -> KnownPages:
    """Return the pages: nothing is asked of pages that no row is of, nor of brands for no mail."""
    of_pages = any(row.subscriber is not None and row.subscriber.page for row in rows)
    mails = any(row.channel == EMAIL for row in rows)
    return KnownPages(subscribed_pages() if of_pages else {}, main_brand() if mails else PLAIN)


def with_states(facts: Facts) -> Facts:
    """Return facts with the states, now, of the components that they are about: name, status and
    id of each. Asked for once for all recipients."""
    if not facts.component_ids or not facts.event.startswith(_WITH_STATES):
        return facts
    rows = Component.objects.public().filter(pk__in=facts.component_ids).order_by("name")
    states = list(rows.values_list("name", "status", "pk")[:MAX_STATES])
    return replace(facts, more={**facts.more, "states": states})


def _followed(
    row: Delivery, facts: Facts, page: SubscribedPage | None
) -> tuple[tuple[str, str], ...]:
    """Return what the recipient of a mail follows, and the status of each: the components they
    chose; of one who chose none, those that the message is about."""
    subscriber = row.subscriber
    if subscriber is None or row.channel != EMAIL or not facts.event.startswith(_WITH_STATES):
        return ()
    ids = page.component_ids if page else None
    if subscriber.scope != Scope.COMPONENTS:
        states = facts.more.get("states", ())
        return tuple((name, status) for name, status, pk in states if ids is None or pk in ids)
    chosen = [each for each in subscriber.components.all() if ids is None or each.pk in ids]
    chosen.sort(key=lambda each: each.name)
    return tuple((each.name, each.status) for each in chosen if each.is_public)[:MAX_STATES]


def addressed(
    row: Delivery,
    notice: Notice,
    facts: Facts,
    *,
    now: datetime,
    pages: KnownPages,
) -> tuple[Recipient, Facts]:
    """Return the recipient, and what they are told. Raises as `recipient_of` does."""
    recipient = recipient_of(row, notice, facts, now=now, pages=pages.by_slug)
    # A mail that names a page without being to a subscriber of it has that page's name alone.
    worn = (
        recipient.page.brand if recipient.page else PLAIN if facts.more.get("site") else pages.main
    )
    recipient = replace(recipient, brand=worn)
    told = facts_on(facts_as_sent(row, notice, facts), recipient.page)
    if told is None:
        raise NoRecipientError("its page shows nothing of it")
    return recipient, alert_copy(row, with_secret_url(_states_by_name(told)))


def _states_by_name(facts: Facts) -> Facts:
    """Return facts whose states are without the ids that pages select by."""
    if "states" not in facts.more:
        return facts
    states = [(name, status) for name, status, _ in facts.more["states"]]
    return replace(facts, more={**facts.more, "states": states})


def recipient_of(
    row: Delivery,
    notice: Notice,
    facts: Facts,
    *,
    now: datetime,
    pages: Mapping[str, SubscribedPage] = MappingProxyType({}),
) -> Recipient:
    """Return the recipient; `pages` are those that subscribers may be of.

    Raises NoRecipientError; SecretError for an unreadable address.
    """
    if row.alert_channel is not None:
        return _with_return_path(row, _alert_recipient(row.alert_channel))
    if row.address is not None:
        return _with_return_path(row, Recipient(row.address.reveal(), language=facts.language))
    if row.subscriber is None:
        raise NoRecipientError("left since")
    # One who left and signs up again is asked first.
    if row.subscriber.unsubscribed_at is not None and notice.kind != Kind.SERVICE:
        raise NoRecipientError("left since")
    page = pages.get(row.subscriber.page)
    if row.subscriber.page and page is None:
        raise NoRecipientError("its page is gone")
    language = row.subscriber.language or (page.language if page else facts.language)
    recipient = _subscriber_recipient(row.subscriber, page, language, now=now)
    return _with_return_path(row, replace(recipient, states=_followed(row, facts, page)))


def _with_return_path(row: Delivery, recipient: Recipient) -> Recipient:
    if row.channel != EMAIL:
        return recipient
    token = delivery_token(row)
    return replace(recipient, token=token, return_path=return_path(token))


def _alert_recipient(channel: AlertChannel) -> Recipient:
    if not channel.enabled or channel.address is None:
        raise NoRecipientError("the channel was switched off")
    return Recipient(
        channel.address.reveal(),
        secrets=(channel.secret.reveal(),) if channel.secret else (),
    )


def _subscriber_recipient(
    subscriber: Subscriber, page: SubscribedPage | None, language: str, *, now: datetime
) -> Recipient:
    if subscriber.address is None:
        raise NoRecipientError("left since")
    return Recipient(
        subscriber.address.reveal(),
        links=links(subscriber, page),
        page=page,
        format=subscriber.format,
        language=language,
        secrets=signing_secrets(subscriber, now=now),
    )
