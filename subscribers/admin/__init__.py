"""Subscribers, deliveries and alerts in the admin; Django imports this, modules register theirs."""

from subscribers.admin import (  # noqa: F401  (they register themselves)
    alert_routes,
    alerts,
    deliveries,
    endpoints,
    hold,
    subscribers,
)
