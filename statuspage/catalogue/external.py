"""Rules for alerts from elsewhere in the catalogue."""

from collections.abc import Mapping
from datetime import datetime

from monitors.alert_rules import delete_rule, save_rule
from monitors.models import AlertRule
from statuspage.catalogue.fields import Draft, columns, label, reference
from statuspage.catalogue.kind import ObjectKind
from statuspage.catalogue.monitoring import is_live


def _save_rule(draft: Draft, *, actor: str, at: datetime) -> Mapping[str, str]:
    save_rule(draft.row, actor=actor)
    return {}


def _retire_rule(row: AlertRule, *, actor: str, at: datetime) -> None:
    delete_rule(row, actor=actor)


ALERT_RULES = ObjectKind(
    section="alert_rules",
    noun="alert rule",
    model=AlertRule,
    key=("name",),
    fields=(
        label(AlertRule, "name", otherwise="rule-{}"),
        *columns(AlertRule, "position matchers"),
        reference("component", to="components", by="slug", required=True),
        *columns(AlertRule, "status"),
    ),
    joined=("component",),
    save=_save_rule,
    retire=_retire_rule,
    is_gone=lambda row: not is_live(row.component),
)
