"""Authentication of API callers by bearer tokens, and the check of their scopes."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from statuspage.access import tokens
from statuspage.api.limits import count_request
from statuspage.models import ApiToken

if TYPE_CHECKING:  # the views import this module's classes as their defaults
    from rest_framework.views import APIView


@dataclass(frozen=True, slots=True)
class Bearer:
    """The caller: a token, not a person."""

    token: ApiToken
    is_authenticated = True

    @property
    def actor(self) -> str:
        return f"token {self.token.name}"


class BearerAuthentication(BaseAuthentication):
    """Authentication by `Authorization: Bearer KEY`.

    Sessions are not accepted: no cookie ever writes here.
    """

    def authenticate(self, request: Request) -> tuple[Bearer, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return self.authenticate_key(request, key)

    def authenticate_key(self, request: Request, key: bytes) -> tuple[Bearer, ApiToken]:
        """Return the caller with this key. Raises AuthenticationFailed."""
        token = tokens.find(key.decode("latin-1").strip(), now=datetime.now(UTC))
        if token is None:
            # A wrong key costs a query, and whoever tries many is to be slowed down.
            _count_or_throttle(request, None)
            raise AuthenticationFailed("The token is not known, or has expired.")
        return Bearer(token), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PasswordAuthentication(BearerAuthentication):
    """Authentication by a token that may also be the password of `Authorization: Basic`.

    For senders that can put neither header nor token anywhere but into an address:
    `https://token:KEY@status.example.com/…`. The user name does not matter.
    """

    def authenticate(self, request: Request) -> tuple[Bearer, ApiToken] | None:
        scheme, _, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"basic":
            return super().authenticate(request)
        try:
            _, _, key = base64.b64decode(given.strip(), validate=True).partition(b":")
        except ValueError:
            key = b""
        return self.authenticate_key(request, key)

    def authenticate_header(self, request: Request) -> str:
        # Amazon SNS sends a password only when it is asked for one.
        return 'Basic realm="alerts", Bearer'


class HasScope(BasePermission):
    """A check that the caller has the scope which the view's `scopes` name for the method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scopes: dict[str, str] = view.scopes  # type: ignore[attr-defined]  # every view here has it
        needed = scopes["read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"]
        self.message = f"The token lacks the scope {needed}."
        user: Any = request.user
        if user is not None and needed in user.token.scopes:
            is_bound = user.token.monitor is not None
            if is_bound and not getattr(view, "takes_monitor_tokens", False):
                self.message = (
                    f"The token {user.token.name} is for the monitor {user.token.monitor} alone:"
                    f" /api/v1/monitors/{user.token.monitor}/alerts/… or …/numbers"
                )
            elif not user.token.page or getattr(view, "takes_page_tokens", False):
                return True
            else:
                self.message = (
                    f"The token {user.token.name} is for the page {user.token.page} alone, and this"
                    " address knows no pages."
                )
        # Whoever is turned away never comes to the throttle, and is to be counted all the same.
        _count_or_throttle(request, None if user is None else user.token.pk)
        return False


def _count_or_throttle(request: Request, token: int | None) -> None:
    allowance = count_request(request, token=token)
    if allowance.refused:
        raise Throttled(allowance.reset)


def caller(request: Request) -> str:
    """Return who is calling, as the journal stores it."""
    user: Any = request.user
    return str(user.actor)
