"""Authentication of Statuspage's clients: `Authorization: OAuth KEY`, or `?api_key=KEY`."""

from rest_framework.authentication import get_authorization_header
from rest_framework.request import Request

from statuspage.api.authentication import Bearer, BearerAuthentication
from statuspage.models import ApiToken

KEY_PARAMETER = "api_key"
"""Nothing of ours logs an address with its query; a proxy in front may."""
_SCHEMES = (b"oauth", b"bearer")


class OAuthAuthentication(BearerAuthentication):
    """Authentication by a token, where this dialect has its key. The header counts first."""

    def authenticate(self, request: Request) -> tuple[Bearer, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() in _SCHEMES:
            return self.authenticate_key(request, key)
        given = "" if scheme else request.query_params.get(KEY_PARAMETER, "")
        return self.authenticate_key(request, given.encode()) if given else None

    def authenticate_header(self, request: Request) -> str:
        return "OAuth"
