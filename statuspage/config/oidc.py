"""The settings of OpenID Connect providers: one set of them for each provider that is named."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from statuspage.config.parsers import Option, flag, names

PREFIX = "STATUSPAGE_OIDC_"
ROLES = ("viewer", "responder", "editor", "subscriber manager", "owner")
"""The names in `statuspage.access.roles`, which needs Django and so cannot be asked here."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """One provider, as the settings describe it."""

    name: str
    """In the address of its callback, and in accounts: never to be given to another issuer."""
    issuer: str
    client_id: str
    client_secret: str
    label: str
    """What its button says after "Continue with"."""
    scopes: tuple[str, ...]
    groups_claim: str
    roles: tuple[tuple[str, str], ...]
    """(group, role), in the order given. Empty: people's roles are given by hand."""
    tells_auth_time: bool = True
    """Whether it says when somebody proved who they are; one that does not is believed."""


def provider_names(text: str) -> tuple[str, ...]:
    for name in names(text):
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
            raise ValueError("a provider's name has lower-case letters, digits and - (at most 30)")
    if len(set(names(text))) < len(names(text)):
        raise ValueError("each provider is named once")
    return names(text)


def issuer(text: str) -> str:
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if text and (not safe or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("write the issuer's https address, such as https://login.example.com")
    return text.rstrip("/")


def scopes(text: str) -> tuple[str, ...]:
    found = tuple(text.replace(",", " ").split())
    if "openid" not in found:
        raise ValueError("the scope openid must be among them")
    return found


def role_table(text: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of group and role. Names of groups may have `=`, and `,` where `;` separates."""
    pairs = []
    for entry in text.split(";" if ";" in text else ","):
        if not entry.strip():
            continue
        group, _, role = (part.strip() for part in entry.rpartition("="))
        if not group or role not in ROLES:
            raise ValueError(f"write group=role, such as ops=responder; roles: {', '.join(ROLES)}")
        pairs.append((group, role))
    return tuple(pairs)


FIELDS: tuple[Option, ...] = (
    Option("ISSUER", issuer, "", "Address of the provider, as its discovery document names it."),
    Option("CLIENT_ID", str, "", "The client ID that the provider gave you."),
    Option(
        "CLIENT_SECRET", str, "", "The secret that belongs to it; empty: PKCE alone.", secret=True
    ),
    Option("LABEL", str, "", "What the button says. Default: the provider's name."),
    Option("SCOPES", scopes, "openid profile email", "What is asked for, separated by spaces."),
    Option(
        "GROUPS_CLAIM", str, "groups", "The claim with the person's groups; dots lead into objects."
    ),
    Option(
        "ROLES",
        role_table,
        "",
        "Which group has which role, as ops=responder, admins=owner (separated by ; where names "
        "of groups have commas). Default: roles are assigned manually, to existing accounts.",
    ),
    Option(
        "TELLS_AUTH_TIME",
        flag,
        "true",
        "Whether it tells when people proved who they are (auth_time). With false it is believed "
        "to have asked them at each sign-in and confirmation.",
    ),
)
_FIELD = re.compile(rf"{PREFIX}([A-Z0-9_]+?)_({'|'.join(each.name for each in FIELDS)})")


def field_option(name: str) -> Option | None:
    """Return the option that a variable sets of a provider, None when it is no such variable."""
    found = _FIELD.fullmatch(name)
    if found is None:
        return None
    field = next(each for each in FIELDS if each.name == found[2])
    return Option(name, field.read, field.default, field.help, secret=field.secret)


def read_providers(
    wanted: tuple[str, ...], value: Callable[[str], Any], given: Iterator[str]
) -> tuple[OidcProvider, ...]:
    """Return the providers named; `value` reads a variable, `given` are those that are set.

    Raises ValueError naming the variable that is missing, or that belongs to no provider.
    """
    prefixes = {name: f"{PREFIX}{name.upper().replace('-', '_')}_" for name in wanted}
    known = {f"{prefix}{each.name}" for prefix in prefixes.values() for each in FIELDS}
    for name in given:
        if name not in known:
            raise ValueError(f"{name} belongs to no provider named in {PREFIX}PROVIDERS")
    providers = []
    for name, prefix in prefixes.items():
        values = {each.name.lower(): value(prefix + each.name) for each in FIELDS}
        for needed in ("ISSUER", "CLIENT_ID"):
            if not values[needed.lower()]:
                raise ValueError(f"{prefix}{needed} is missing: {PREFIX}PROVIDERS names {name}")
        values["label"] = values["label"] or name
        providers.append(OidcProvider(name=name, **values))
    return tuple(providers)
