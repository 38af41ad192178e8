"""How many people an update would reach: shown beside the switch that tells them."""

from collections.abc import Iterable

from django.db.models import Q

from subscribers.models import Subscriber
from subscribers.words import Scope


def count(component_ids: Iterable[int]) -> int:
    """Confirmed subscribers of any of these components, or of everything."""
    follows = Q(scope=Scope.ALL) | Q(components__in=list(component_ids), scope=Scope.COMPONENTS)
    told = Subscriber.objects.filter(confirmed_at__isnull=False, unsubscribed_at=None)
    return told.filter(follows).distinct().count()
