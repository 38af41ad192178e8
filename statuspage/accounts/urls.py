"""Addresses of signing in and of one's own account: few of allauth's, under the admin's."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from django.urls import path
from django.views.decorators.cache import never_cache

from statuspage.accounts import kept_forms, page_door, preferences, views

_LOGIN, _ACCOUNT = "admin/login", "admin/account"

routes = [
    path(f"{_LOGIN}/", views.sign_in, name="account_login"),
    path(f"{_LOGIN}/code/", factors.authenticate, name="mfa_authenticate"),
    path(f"{_LOGIN}/passkey/", views.passkey, name="mfa_login_webauthn"),
    path(f"{_LOGIN}/cancel/", account.logout, name="account_logout"),
    path(f"{_LOGIN}/inactive/", account.account_inactive, name="account_inactive"),
    path(f"{_LOGIN}/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path(
        f"{_LOGIN}/oidc/<slug:provider_id>/",
        views.begin_with_provider,
        name="openid_connect_login",
    ),
    path(
        f"{_LOGIN}/oidc/<slug:provider_id>/callback/",
        views.come_from_provider,
        name="openid_connect_callback",
    ),
    path(
        f"{_LOGIN}/oidc/<slug:provider_id>/page/<slug:slug>/",
        page_door.begin_for_page,
        name="page_door",
    ),
    path(f"{_LOGIN}/break-glass/<str:key>/", views.break_in, name="break_glass"),
    path(f"{_ACCOUNT}/", views.account, name="mfa_index"),
    path(f"{_ACCOUNT}/passkeys/", views.account, name="mfa_list_webauthn"),
    path(f"{_ACCOUNT}/passkeys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path(f"{_ACCOUNT}/passkeys/<int:pk>/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path(f"{_ACCOUNT}/passkeys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path(f"{_ACCOUNT}/app/", never_cache(totp.activate_totp), name="mfa_activate_totp"),
    path(f"{_ACCOUNT}/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        f"{_ACCOUNT}/codes/",
        never_cache(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        f"{_ACCOUNT}/codes/new/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        f"{_ACCOUNT}/codes/download/",
        never_cache(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path(
        f"{_ACCOUNT}/confirm/", never_cache(account.reauthenticate), name="account_reauthenticate"
    ),
    path(f"{_ACCOUNT}/confirm/finish/", kept_forms.finish, name="kept_form"),
    path(f"{_ACCOUNT}/confirm/code/", factors.reauthenticate, name="mfa_reauthenticate"),
    path(
        f"{_ACCOUNT}/confirm/passkey/",
        keys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        f"{_ACCOUNT}/confirm/oidc/<slug:provider_id>/",
        views.confirm_with_provider,
        name="confirm_with_provider",
    ),
    path(f"{_ACCOUNT}/providers/", social.connections, name="socialaccount_connections"),
    path(f"{_ACCOUNT}/preferences/", preferences.choose, name="admin_preferences"),
    path(f"{_ACCOUNT}/sessions/end/", views.end_sessions, name="end_sessions"),
]
