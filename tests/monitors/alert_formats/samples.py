"""Messages as each sender writes them, field for field by its own documentation, names ours.

- `alertmanager`: prometheus.io/docs/alerting/latest/configuration, `webhook_config`
- Grafana: grafana.com/docs/grafana/latest/alerting, “Configure the webhook notifier”
- `datadog`: docs.datadoghq.com/integrations/webhooks, “Variables”, in our documentation's payload
- `pagerduty`: developer.pagerduty.com/docs/webhooks-overview, version 3, `incident.triggered`
- `opsgenie`: support.atlassian.com/jira-service-management-cloud/docs/
  alert-action-data-for-jira-edge-connector, “Create” and “Close”, which the webhook sends as well
- `sentry`: getsentry/sentry-docs, webhooks of the integration platform: metric-alerts,
  issue-alerts and issues
- `sns`: docs.aws.amazon.com/sns/latest/dg/http-notification-json.html, with CloudWatch's alarm
- `kuma`: louislam/uptime-kuma, server/notification-providers/webhook.js, model/heartbeat.js
- `healthchecks`: healthchecks/healthchecks, hc/api/models.py, `Check.to_dict`: that is `$JSON`
- `generic`: learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema, by a mapping
"""

import copy
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sender writes when an alert begins, and when it is over."""

    format: str
    firing: Body
    resolved: Body
    reason: str
    wrong: tuple[str, Any]
    """The path of a field, and a value that is not of the format."""
    named: str
    """What the refusal calls that field."""
    silent: tuple[Body, ...] = ()
    """What it sends beside, and is no news."""
    mapping: dict[str, str] = field(default_factory=dict)


def changed(body: Body, path: str, value: Any) -> Body:
    """Return a copy of a body with another value at a path such as `alerts.0.status`."""
    whole: Any = copy.deepcopy(body)
    *before, last = path.split(".")
    inner = whole
    for step in before:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[int(last) if isinstance(inner, list) else last] = value
    result: Body = whole
    return result


def updated(body: Body, **values: Any) -> Body:
    """Return a copy of a body with other values, by paths whose dots are written `__`."""
    for path, value in values.items():
        body = changed(body, path.replace("__", "."), value)
    return body


ALERTMANAGER = {
    "receiver": "status", "status": "firing",
    "alerts": [{
        "status": "firing",
        "labels": {"alertname": "HighErrorRate", "job": "shop", "instance": "shop-1:9090",
                   "severity": "critical"},
        "annotations": {"summary": "The shop answers with errors", "description": "5 % of all"},
        "startsAt": "2026-11-30T09:12:31.418Z", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=errors+%3E+5&g0.tab=1",
        "fingerprint": "6ef3a9b1f1d0c2aa",
    }],
    "groupLabels": {"alertname": "HighErrorRate"},
    "commonLabels": {"alertname": "HighErrorRate", "job": "shop", "severity": "critical"},
    "commonAnnotations": {"summary": "The shop answers with errors"},
    "externalURL": "http://alertmanager:9093", "version": "4",
    "groupKey": '{}:{alertname="HighErrorRate"}', "truncatedAlerts": 0,
}  # fmt: skip
GRAFANA = {
    "receiver": "status", "status": "firing", "orgId": 1,
    "alerts": [{
        "status": "firing",
        "labels": {"alertname": "Memory", "team": "web", "zone": "eu-1"},
        "annotations": {"description": "Almost all is used", "runbook_url": "https://run.example/7",
                        "summary": "Memory of eu-1 is full"},
        "startsAt": "2026-11-30T09:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
        "values": {"B": 44.23943737541908, "C": 1},
        "generatorURL": "https://grafana.example/alerting/grafana/1afz29v7z/view",
        "fingerprint": "c6eadffa33fcdf37", "silenceURL": "https://grafana.example/silence/new",
        "dashboardURL": "", "panelURL": "", "imageURL": "",
        "valueString": "[ var='B' labels={} value=44.23 ], [ var='C' labels={} value=1 ]",
    }],
    "groupLabels": {}, "commonLabels": {"team": "web"}, "commonAnnotations": {},
    "externalURL": "https://grafana.example/", "version": "1", "groupKey": "{}:{}",
    "truncatedAlerts": 0, "title": "[FIRING:1] (Memory web eu-1)", "state": "alerting",
    "message": "**Firing**\n\nValue: B=44.23, C=1\n",
}  # fmt: skip
DATADOG = {
    "alert_id": "1234", "alert_scope": "availability-zone:us-east-1a,role:computing-node",
    "alert_transition": "Triggered", "alert_title": "[Triggered on {host:ip-012345}] Host is Down",
    "alert_type": "error", "priority": "P1", "tags": "monitor, name:myService, role:computing-node",
    "date": "1795000000000",
}  # fmt: skip
DATADOG_UNTOLD = {
    "body": "%%%\nHost is Down\n%%%", "last_updated": "1795000000000", "event_type":
    "query_alert_monitor", "title": "[Triggered] Host is Down", "date": "1795000000000",
    "org": {"id": "11023", "name": "Shop"}, "id": "2845738172349612345",
}  # fmt: skip
"""What Datadog sends unless it is given a payload."""
PAGERDUTY = {
    "event": {
        "id": "5ac64822-4adc-4fda-ade0-410becf0de4f", "event_type": "incident.triggered",
        "resource_type": "incident", "occurred_at": "2026-11-30T18:45:22.169Z",
        "agent": {"html_url": "https://shop.pagerduty.example/users/PLH1HKV", "id": "PLH1HKV",
                  "self": "https://api.pagerduty.com/users/PLH1HKV", "summary": "A. Person",
                  "type": "user_reference"},
        "client": {"name": "PagerDuty"},
        "data": {
            "id": "PGR0VU2", "type": "incident",
            "self": "https://api.pagerduty.com/incidents/PGR0VU2",
            "html_url": "https://shop.pagerduty.example/incidents/PGR0VU2", "number": 2,
            "status": "triggered", "incident_key": "d3640fbd41094207a1c11e58e46b1662",
            "created_at": "2026-11-30T18:45:21Z", "title": "The shop is on fire",
            "service": {"html_url": "https://shop.pagerduty.example/services/PF9KMXH",
                        "id": "PF9KMXH", "self": "https://api.pagerduty.com/services/PF9KMXH",
                        "summary": "Shop", "type": "service_reference"},
            "assignees": [{"id": "PTUXL6G", "summary": "User 123", "type": "user_reference"}],
            "escalation_policy": {"id": "PUS0KTE", "summary": "Default", "type":
                                  "escalation_policy_reference"},
            "teams": [{"id": "PFCVPS0", "summary": "Engineering", "type": "team_reference"}],
            "priority": {"id": "PSO75BM", "summary": "P1", "type": "priority_reference"},
            "urgency": "high",
            "conference_bridge": {"conference_number": "+1 1234123412,,987654321#",
                                  "conference_url": "https://example.com"},
            "resolve_reason": None,
        },
    }
}  # fmt: skip
PAGERDUTY_PING = {
    "event": {"id": "01BYTOJ1F23L", "event_type": "pagey.ping", "resource_type": "pagey",
              "occurred_at": "2026-11-30T18:45:22.169Z", "agent": None, "client": None,
              "data": {"message": "Hello from your friend Pagey!", "type": "ping"}},
}  # fmt: skip
OPSGENIE = {
    "source": {"name": "web", "type": "API"},
    "alert": {
        "updatedAt": 1795000002062000000, "tags": ["prod", "team:web"], "teams": ["team1"],
        "recipients": ["recipient1"], "message": " the shop is slow", "username": "a@example.com",
        "alertId": "052652ac-5d1c-464a-812a-7dd18bbfba8c", "source": "a@example.com",
        "alias": "shop", "tinyId": "23", "createdAt": 1795000000104,
        "userId": "daed1180-0ce8-438b-8f8e-57e1a5920a2d", "entity": "",
    },
    "action": "Create", "integrationId": "37c8f316-17c6-49d7-899b-9c7e540c048d",
    "integrationName": "Status",
}  # fmt: skip
SENTRY = {
    "action": "critical", "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
    "data": {
        "description_text": "1000 events in the last 10 minutes\nFilter: level:error",
        "description_title": "Critical: Too many errors",
        "metric_alert": {
            "alert_rule": {
                "aggregate": "count()", "created_by": None, "dataset": "events",
                "date_created": "2026-09-13T12:26:40.000000Z", "environment": None, "id": "7",
                "name": "Too many errors", "organization_id": "5", "projects": ["bar"],
                "query": "level:error", "resolve_threshold": None, "status": 0, "triggers": [],
            },
            "date_closed": None, "date_created": "2026-11-30T12:26:40.000000Z",
            "date_detected": "2026-11-30T12:26:40.000000Z",
            "date_started": "2026-11-30T12:26:40.000000Z", "id": "4", "identifier": "1",
            "organization_id": "5", "projects": ["bar"], "status": 20, "status_method": 3,
            "title": "Sacred Marmot", "type": 2,
        },
        "web_url": "https://sentry.example/organizations/baz/alerts/1/",
    },
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
}  # fmt: skip
SENTRY_ISSUE_ALERT = {
    "action": "triggered", "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
    "data": {
        "event": {
            "event_id": "e4874d664c3540c1a32eab185f12c5ab", "level": "error", "logger": "",
            "datetime": "2026-11-30T21:06:17.677000Z", "issue_id": "1117540176",
            "issue_url": "https://sentry.example/api/0/issues/1117540176/", "message": "",
            "platform": "javascript", "project": 1, "received": 1566248777.677, "release": None,
            "tags": [["browser", "Chrome"], ["level", "error"]], "timestamp": 1566248777.677,
            "title": "ReferenceError: heck is not defined", "type": "error", "version": "7",
        },
        "triggered_rule": "Very important", "issue_alert": {"title": "Very important"},
    },
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
}  # fmt: skip
SENTRY_ISSUE = {
    "action": "resolved", "actor": {"id": "sentry", "name": "Sentry", "type": "application"},
    "data": {
        "issue": {
            "annotations": [], "assignedTo": None, "count": "1", "culprit": "?(runner)",
            "firstSeen": "2026-11-30T20:58:37.391000Z", "id": "1117540176",
            "lastSeen": "2026-11-30T21:06:17.677000Z", "level": "error", "logger": None,
            "permalink": None, "project": {"id": "1", "name": "front-end", "slug": "front-end"},
            "shortId": "FRONT-END-9", "status": "resolved", "statusDetails": {},
            "title": "ReferenceError: heck is not defined", "type": "error", "userCount": 1,
        }
    },
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
}  # fmt: skip
SENTRY_COMMENT = {
    "action": "created", "actor": {"id": "1", "name": "A. Person", "type": "user"},
    "data": {"comment": "Looking", "project_slug": "front-end", "comment_id": 1234, "issue_id": 6,
             "timestamp": "2026-11-30T21:51:44.118160Z"},
    "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
}  # fmt: skip
CLOUDWATCH = {
    "AlarmName": "ServerCpuTooHigh", "AlarmDescription": "The CPU of the shop is busy",
    "AWSAccountId": "123456789012", "AlarmConfigurationUpdatedTimestamp":
    "2026-10-02T17:04:40.985+0000", "NewStateValue": "ALARM", "NewStateReason":
    "Threshold Crossed: 1 out of the last 1 datapoints [99.5] was greater than 50.0",
    "StateChangeTime": "2026-11-30T17:04:40.989+0000", "Region": "EU (Ireland)",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:ServerCpuTooHigh",
    "OldStateValue": "OK", "OKActions": [], "AlarmActions":
    ["arn:aws:sns:eu-west-1:123456789012:alarms"], "InsufficientDataActions": [],
    "Trigger": {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "StatisticType":
                "Statistic", "Statistic": "AVERAGE", "Unit": None, "Dimensions":
                [{"value": "i-12345678901234567", "name": "InstanceId"}], "Period": 300,
                "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 50.0, "TreatMissingData": "", "EvaluateLowSampleCountPercentile": ""},
}  # fmt: skip
"""What is within an SNS message, as text."""
KUMA = {
    "heartbeat": {
        "monitorID": 7, "status": 0, "time": "2026-11-30 08:25:31.052", "msg":
        "connect ECONNREFUSED 10.0.0.7:443", "important": True, "duration": 60, "retries": 0,
        "timezone": "Europe/Berlin", "timezoneOffset": "+01:00", "localDateTime":
        "2026-11-30 09:25:31",
    },
    "monitor": {
        "id": 7, "name": "Shop", "description": None, "pathName": "Web / Shop", "parent": 3,
        "childrenIDs": [], "url": "https://shop.example/", "method": "GET", "hostname": None,
        "port": None, "maxretries": 0, "weight": 2000, "active": True, "type": "http", "timeout":
        48, "interval": 60, "keyword": None, "upsideDown": False, "accepted_statuscodes":
        ["200-299"], "notificationIDList": {"1": True}, "maintenance": False,
        "tags": [{"id": 1, "monitor_id": 7, "tag_id": 2, "value": "web", "name": "team", "color":
                  "#059669"},
                 {"id": 2, "monitor_id": 7, "tag_id": 3, "value": None, "name": "eu", "color":
                  "#DC2626"}],
    },
    "msg": "[Shop] [🔴 Down] connect ECONNREFUSED 10.0.0.7:443",
}  # fmt: skip
KUMA_TEST = {"heartbeat": None, "monitor": None, "msg": "My Webhook Testing"}
KUMA_CERTIFICATE = {
    "heartbeat": None, "monitor": None,
    "msg": "[Shop][https://shop.example/] server certificate will expire in 7 days",
}  # fmt: skip
HEALTHCHECKS = {
    "name": "Nightly backup", "slug": "nightly-backup", "tags": "prod team:db", "desc": "",
    "grace": 600, "n_pings": 12, "status": "down", "started": False,
    "last_ping": "2026-11-30T02:00:04+00:00", "next_ping": None, "manual_resume": False,
    "methods": "", "subject": "", "subject_fail": "", "start_kw": "", "success_kw": "",
    "failure_kw": "", "filter_subject": False, "filter_body": False, "last_duration": 7,
    "ping_url": "https://hc-ping.example/2c1b8b6a-0d9a-4c0b-8f4f-3f9f2a9f4f3e",
    "update_url": "https://healthchecks.example/api/v3/checks/2c1b8b6a", "channels": "1,2",
    "schedule": "0 2 * * *", "tz": "UTC", "uuid": "2c1b8b6a-0d9a-4c0b-8f4f-3f9f2a9f4f3e",
}  # fmt: skip
AZURE = {
    "schemaId": "azureMonitorCommonAlertSchema",
    "data": {
        "essentials": {
            "alertId": "/subscriptions/1/providers/Microsoft.AlertsManagement/alerts/b9569717",
            "alertRule": "Contoso IT metric alert", "severity": "Sev3", "signalType": "Metric",
            "monitorCondition": "Fired", "monitoringService": "Platform", "alertTargetIDs":
            ["/subscriptions/1/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm"],
            "originAlertId": "3f2d4487-b0fc-4125-8bd5-7ad17384221e_PipeLineAlertRG_metricAlert",
            "firedDateTime": "2026-11-30T13:58:24.3713213Z", "description": "The disk is slow",
            "essentialsVersion": "1.0", "alertContextVersion": "1.0",
        },
        "alertContext": {"properties": None, "conditionType": "SingleResourceMultipleMetric"},
    },
}  # fmt: skip
AZURE_MAPPING = {
    "alerts": "$.data.essentials", "fingerprint": "$.alertId", "status": "$.monitorCondition",
    "name": "$.alertRule", "reason": "$.description", "started_at": "$.firedDateTime",
    "ends_at": "$.resolvedDateTime", "firing": "fired", "resolved": "resolved",
}  # fmt: skip
_CLOSED = "2026-11-30T19:01:02Z"

SAMPLES = {
    "alertmanager": Sample(
        "alertmanager", ALERTMANAGER,
        updated(ALERTMANAGER, status="resolved", alerts__0__status="resolved",
                alerts__0__endsAt="2026-11-30T09:22:31.418Z"),
        "The shop answers with errors", ("alerts.0.startsAt", "soon"), "alerts.0.startsAt",
    ),
    "grafana": Sample(
        "alertmanager", GRAFANA,
        updated(GRAFANA, status="resolved", state="ok", alerts__0__status="resolved",
                alerts__0__endsAt="2026-11-30T10:01:03.157076+02:00"),
        "Memory of eu-1 is full", ("alerts.0.labels", "team=web"), "alerts.0.labels",
    ),
    "datadog": Sample(
        "datadog", DATADOG,
        updated(DATADOG, alert_transition="Recovered", alert_type="success",
                alert_title="[Recovered on {host:ip-012345}] Host is Down", date="1795000600000"),
        "[Triggered on {host:ip-012345}] Host is Down", ("date", "noon"), "date",
    ),
    "pagerduty": Sample(
        "pagerduty", PAGERDUTY,
        updated(PAGERDUTY, event__event_type="incident.resolved", event__data__status="resolved",
                event__occurred_at=_CLOSED),
        "The shop is on fire", ("event.data.status", "on"), "event.data.status",
        silent=(PAGERDUTY_PING,),
    ),
    "opsgenie": Sample(
        "opsgenie", OPSGENIE,
        updated(OPSGENIE, action="Close", alert__updatedAt=1795000600062000000),
        "the shop is slow", ("alert.createdAt", "2026"), "alert.createdAt",
        silent=(updated(OPSGENIE, action="AddNote"), updated(OPSGENIE, action="TestAction")),
    ),
    "sentry metric alert": Sample(
        "sentry", SENTRY,
        updated(SENTRY, action="resolved",
                data__description_title="Resolved: Too many errors"),
        "Critical: Too many errors: 1000 events in the last 10 minutes Filter: level:error",
        ("data.metric_alert.id", None), "data.metric_alert.id", silent=(SENTRY_COMMENT,),
    ),
    "sentry issue alert": Sample(
        "sentry", SENTRY_ISSUE_ALERT, SENTRY_ISSUE, "ReferenceError: heck is not defined",
        ("data.event.issue_id", {}), "data.event.issue_id",
        silent=(updated(SENTRY_ISSUE, action="assigned"),),
    ),
    "kuma": Sample(
        "kuma", KUMA,
        updated(KUMA, heartbeat__status=1, heartbeat__msg="200 - OK",
                heartbeat__time="2026-11-30 08:27:31.123", msg="[Shop] [✅ Up] 200 - OK"),
        "Shop: connect ECONNREFUSED 10.0.0.7:443", ("heartbeat.status", "down"),
        "heartbeat.status", silent=(KUMA_TEST, KUMA_CERTIFICATE),
    ),
    "healthchecks": Sample(
        "healthchecks", HEALTHCHECKS,
        updated(HEALTHCHECKS, status="up", n_pings=13, last_ping="2026-11-30T02:20:00+00:00",
                next_ping="2026-12-01T02:00:00+00:00"),
        "Nightly backup is down", ("status", "late"), "status",
    ),
    "generic": Sample(
        "generic", AZURE,
        updated(AZURE, data__essentials__monitorCondition="Resolved",
                data__essentials__resolvedDateTime="2026-11-30T14:10:00.0000000Z"),
        "The disk is slow", ("data.essentials.monitorCondition", "Odd"), "$.monitorCondition",
        mapping=AZURE_MAPPING,
    ),
}  # fmt: skip
"""All but SNS, whose messages have to be signed."""
