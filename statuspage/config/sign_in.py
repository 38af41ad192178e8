"""What the settings mean for django-allauth, which signs people in."""

from typing import Any

from statuspage.config.env import Settings
from statuspage.config.oidc import OidcProvider

APPS = (
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
)
_FORMS = "statuspage.accounts.forms"
CONFIRM_SECONDS = 300
"""How long a sign-in, or its confirmation, lets somebody do what is asked to be confirmed."""


def settings_of(settings: Settings) -> dict[str, Any]:
    """Return Django's settings that allauth reads."""
    return {
        "ACCOUNT_ADAPTER": "statuspage.accounts.adapter.AccountAdapter",
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": settings.site_url.partition(":")[0],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_FORMS": {"login": f"{_FORMS}.LoginForm"},
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_ENABLED": False,
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        # Tries are counted by `statuspage.access.login`, for every process and every way in.
        "ACCOUNT_RATE_LIMITS": False,
        "MFA_RATE_LIMITS": False,
        "ACCOUNT_REAUTHENTICATION_METHODS": (
            "mfa", *(("password",) if settings.password_login else ()),
        ),
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": CONFIRM_SECONDS,
        "MFA_ADAPTER": "statuspage.accounts.second_factor.SecondFactorAdapter",
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_FORMS": {
            "authenticate": f"{_FORMS}.CodeForm",
            "reauthenticate": f"{_FORMS}.ConfirmByCodeForm",
            "authenticate_webauthn": f"{_FORMS}.KeyForm",
            "reauthenticate_webauthn": f"{_FORMS}.ConfirmByKeyForm",
            "add_webauthn": f"{_FORMS}.AddKeyForm",
            "login_webauthn": f"{_FORMS}.PasskeyForm",
        },
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_TOTP_ISSUER": settings.site_name,
        # A clock may be half a minute off.
        "MFA_TOTP_TOLERANCE": 1,
        "SOCIALACCOUNT_ADAPTER": "statuspage.accounts.oidc.OidcAdapter",
        # Browsers hold `form-action` of the security policy against redirects too: a link it is.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
        "SOCIALACCOUNT_PROVIDERS": {
            "openid_connect": {"APPS": [_app(each) for each in settings.oidc_providers]}
        },
    }  # fmt: skip


def _app(provider: OidcProvider) -> dict[str, Any]:
    return {
        "provider_id": provider.name,
        "name": provider.label,
        "client_id": provider.client_id,
        "secret": provider.client_secret,
        "settings": {
            "server_url": provider.issuer,
            "scope": list(provider.scopes),
            "oauth_pkce_enabled": True,
        },
    }
