"""How many people an update would reach: shown beside the switch that tells them."""

from collections.abc import Iterable

from django.db.models import Q

from subscribers.models import Subscriber


def count(component_ids: Iterable[int]) -> int:
    """Confirmed subscribers of any of these components, or of everything."""
    follows = Q(components=None) | Q(components__in=list(component_ids))
    return Subscriber.objects.filter(follows, confirmed_at__isnull=False).distinct().count()
