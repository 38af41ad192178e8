"""Mail through a provider's own interface instead of SMTP, by the library Anymail (an extra).

`EMAIL_URL=anymail+postmark://?server_token=…`: the name of a provider as Anymail has it, and what
it wants to know, without the provider's name before it.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

_PREFIX = "anymail+"
_PROVIDERS = (
    "amazon-ses", "brevo", "mailersend", "mailgun", "mailjet", "mandrill", "postal", "postmark",
    "resend", "scaleway", "sendgrid", "sparkpost", "unisender-go",
)  # fmt: skip
SCHEMES = tuple(f"{_PREFIX}{name}" for name in _PROVIDERS)
_SECONDS = 10


def is_provider(url: str) -> bool:
    return url.startswith(_PREFIX)


def settings_of(url: str, *, webhook_secret: str = "") -> dict[str, Any]:
    """Return Django's settings for a provider, and for its webhooks if they are used."""
    parts = urlsplit(url)
    name = parts.scheme.removeprefix(_PREFIX).replace("-", "_")
    known = {f"{name}_{key}".upper(): value for key, value in parse_qsl(parts.query)}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{name}.EmailBackend",
        "ANYMAIL": {
            **known,
            "REQUESTS_TIMEOUT": _SECONDS,
            # A provider that keeps nothing with a mail sends it all the same.
            "IGNORE_UNSUPPORTED_FEATURES": True,
            **({"WEBHOOK_SECRET": webhook_secret} if webhook_secret else {}),
        },
    }
