"""What the kept store is filled with, as the API takes it."""

from typing import Any

SCOPES = (
    *("status:read", "status:write", "monitors:read", "monitors:write"),
    *("subscribers:read", "subscribers:write", "agents:write", "manage"),
)
REGIONS = {"eu-west-1": "Ireland", "us-east-1": "Virginia"}
COMPONENTS: tuple[dict[str, Any], ...] = (
    {"slug": "database", "name": "Database", "group": "Core", "critical": True},
    {"slug": "api", "name": "API", "group": "Core", "critical": True, "needs": ("database",)},
    {"slug": "dashboard", "name": "Dashboard", "group": "Core", "needs": ("api",),
     "description": "What you see after you have logged in."},
    {"slug": "storage", "name": "Storage & <backups>", "group": "Data"},
    {"slug": "training", "name": "Training", "auto_incident": "publish"},
    {"slug": "mail", "name": "Mail", "group": "Data", "counts_for_overall": False},
    {"slug": "cleaning", "name": "Nightly cleaning", "group": "Data", "auto_incident": "draft"},
    {"slug": "pipeline", "name": "Pipeline", "group": "Data"},
    {"slug": "legacy", "name": "Legacy API"},
    {"slug": "ledger", "name": "Ledger", "group": "Internal"},
    {"slug": "secret-lab", "name": "Secret lab", "visible": False},
)  # fmt: skip
MONITORS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("api", "endpoint", {"url": "https://api.example.com/health", "username": "probe",
     "password": "open sesame", "headers": {"X-Api-Key": "key-of-the-api", "X-Plain": "seen"},
     "assertions": ["json $.status == ok"], "degraded_ms": 800}),
    ("dashboard", "endpoint", {"url": "https://app.example.com/", "bearer_token": "bearer-word"}),
    ("database", "tcp", {"host": "db.example.com", "port": 5432}),
    ("storage", "storage", {"url": "https://s3.example.com", "bucket": "backups",
     "access_key": "AKIA", "secret_key": "secret-of-the-bucket"}),
    ("training", "ping", {"host": "gpu.example.com"}),
    ("training", "dns", {"name": "gpu.example.com", "resolvers": ["192.0.2.53"]}),
    ("mail", "certificate", {"host": "mail.example.com", "starttls": "smtp", "port": 25}),
    ("secret-lab", "endpoint", {"url": "https://lab.example.com/"}),
    ("cleaning", "heartbeat", {"period": 172_800, "grace": 3600}),
    ("pipeline", "readers", {"group": "pipeline", "down_below": 1}),
    ("ledger", "manual", {}),
)  # fmt: skip
SUBSCRIBERS: tuple[dict[str, Any], ...] = (
    {"address": "anna@example.org", "confirmed_at": "yes"},
    {"address": "ben@example.org", "confirmed_at": "yes", "components": ["api"],
     "kinds": ["incidents", "status"], "min_severity": "major"},
    {"address": "cleo@example.org"},
    {"address": "dora@example.org", "confirmed_at": "yes", "unsubscribed_at": "yes"},
    {"address": "emil@example.org", "confirmed_at": "yes"},
    {"channel": "webhook", "address": "https://hooks.example.org/status?token=t0p",
     "confirmed_at": "yes"},
    *({"channel": channel, "address": f"https://{channel}.example.org/hook",
       "confirmed_at": "yes"} for channel in ("slack", "discord", "teams", "mattermost")),
)  # fmt: skip
