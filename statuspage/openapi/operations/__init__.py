"""Every operation, by method and path, one module for each part of the API."""

from statuspage.openapi.operation import Operation
from statuspage.openapi.operations import (
    admin,
    alerts,
    catalogue,
    machines,
    monitors,
    notices,
    numbers,
    public,
    resources,
    statuspage_v2,
    system,
)

OPERATIONS: dict[str, Operation] = {
    **public.OPERATIONS,
    **statuspage_v2.OPERATIONS,
    **system.OPERATIONS,
    **admin.OPERATIONS,
    **monitors.OPERATIONS,
    **alerts.OPERATIONS,
    **numbers.OPERATIONS,
    **notices.OPERATIONS,
    **resources.OPERATIONS,
    **catalogue.OPERATIONS,
    **machines.OPERATIONS,
}
TAGS = {
    "public": "The public page and what is made of it. Anybody may read it, from any origin.",
    "statuspage v2": "The JSON that tools for Statuspage pages already read.",
    "system status": "Status, dependencies and history for callers with a key.",
    "status administration": "Groups, components, incidents and maintenance windows.",
    "subscribers": "Who is notified.",
    "monitors": "What is watched, and what was found.",
    "deliveries and alerts": "Who was notified of what and when; operators' alerts.",
    "alerting": "Where operators are called, by which alerts, and when.",
    "catalogue": "What is on the desk as one document: exported, compared, applied.",
    "pages": "Pages: what each shows, how it looks, and who may see it.",
    "people": "Accounts of the admin. Tokens with these scopes are for owners to give.",
    "agents and readers": "What remote probes, workers and heartbeats call.",
    "management": "The operator's view of the deployment.",
}
