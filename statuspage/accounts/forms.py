"""The forms of signing in: each counts its try before it checks anything."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.account.internal import flows
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.base import forms as code_forms
from allauth.mfa.webauthn import forms as key_forms
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext, gettext_lazy

from components.secrets import SecretError
from statuspage.accounts import attempts

_NOT_A_PASSKEY = gettext_lazy("That is not the answer of a passkey.")
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)
"""What fido2 raises for values that no browser sends."""


class LoginForm(AdminAuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Browsers offer passkeys in the field that says so.
        self.fields["username"].widget.attrs["autocomplete"] = "username webauthn"

    def clean(self) -> dict[str, Any]:
        if not settings.STATUSPAGE.password_login:
            raise forms.ValidationError(gettext("Signing in with a password is switched off."))
        user = self.cleaned_data.get("username")
        if not user or self.request is None or not self.cleaned_data.get("password"):
            return super().clean()
        attempts.admit(self.request, user, person=user)
        cleaned = super().clean()
        attempts.forget(self.request, user, person=user)
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        user = self.get_user()
        response: HttpResponseBase = flows.login.perform_password_login(
            request, {"username": user.get_username()}, Login(user=user, redirect_url=redirect_url)
        )
        return response


class ChangePasswordForm(AdminPasswordChangeForm):
    """Django's; whoever took over a session does not find the password out here."""

    def clean_old_password(self) -> str:
        name = self.user.get_username()
        attempts.admit(context.request, name, person=name)
        given: str = super().clean_old_password()
        attempts.forget(context.request, name, person=name)
        return given


class _Counted(forms.Form):
    """A form of a second factor, whose tries are counted for its person."""

    user: Any

    def _count(self) -> Callable[[], None]:
        """Count a try; return what clears the count of a right one."""
        name = attempts.second_factor(self.user) if self.user else attempts.PASSKEY
        person = self.user.get_username() if self.user else ""
        attempts.admit(context.request, name, person=person)
        return lambda: attempts.forget(context.request, name, person=person)


class _CountedCode(_Counted):
    def clean_code(self) -> str:
        clear = self._count()
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except SecretError as error:
            raise forms.ValidationError(
                gettext("The code cannot be checked: {error}.").format(error=error)
            ) from None
        clear()
        return code


class _CredentialField(forms.JSONField):
    """What a browser says of a passkey, as WebAuthn's JSON; other values are wrong, not a crash."""

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except RecursionError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
            raise forms.ValidationError(_NOT_A_PASSKEY)
        return found

    def bound_data(self, data: Any, initial: Any) -> None:
        """Return nothing: no page repeats what was sent."""

    def prepare_value(self, value: Any) -> str:
        return ""


class _CountedKey(_Counted):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        clear = self._count()
        try:
            authenticator = super().clean_credential()  # type: ignore[misc]
        except _MALFORMED:
            raise forms.ValidationError(_NOT_A_PASSKEY) from None
        clear()
        return authenticator


class CodeForm(_CountedCode, code_forms.AuthenticateForm):
    pass


class ConfirmByCodeForm(_CountedCode, code_forms.ReauthenticateForm):
    pass


class KeyForm(_CountedKey, key_forms.AuthenticateWebAuthnForm):
    pass


class ConfirmByKeyForm(_CountedKey, key_forms.ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(_CountedKey, key_forms.LoginWebAuthnForm):
    pass


class AddKeyForm(key_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _CredentialField(widget=forms.HiddenInput)

    def clean(self) -> Any:
        try:
            return super().clean()
        except _MALFORMED:
            raise forms.ValidationError(_NOT_A_PASSKEY) from None
