"""Services of the rules of the address for all alerts, each journalled last."""

from django.db import transaction

from components.journal import Event, record
from monitors import event_types
from monitors.models import AlertRule


def save_rule(rule: AlertRule, *, actor: str = "") -> AlertRule:
    """Create or change a rule. Raises ValidationError naming the field."""
    rule.full_clean()
    with transaction.atomic():
        rule.save()
        record(rule_changed(rule, actor=actor))
    return rule


def rule_changed(rule: AlertRule, *, actor: str = "") -> Event:
    """Return the event of a created or changed rule."""
    data = {
        "rule_id": rule.pk, "name": rule.name, "position": rule.position, "matchers": rule.matchers,
        "status": rule.status,
    }  # fmt: skip
    return Event(event_types.ALERT_RULE_CHANGED, data, subject_id=rule.component_id, actor=actor)


def delete_rule(rule: AlertRule, *, actor: str = "") -> None:
    """Delete a rule; the alerts that it matched stay until they are resolved."""
    event = Event(
        event_types.ALERT_RULE_DELETED,
        {"rule_id": rule.pk, "matchers": rule.matchers},
        subject_id=rule.component_id,
        actor=actor,
    )
    with transaction.atomic():
        rule.delete()
        record(event)
