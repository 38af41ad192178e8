"""When a machine's keys fit the database's, and what to say when they do not. Pure.

The database remembers fingerprints: of the signing key, and of the keys that are *needed* to read
what is sealed in it. A machine fits when it signs with that key and knows all needed ones; it may
know more, such as a new key that is about to be used. During a rotation the former and the new key
are needed; afterwards only the new one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of one machine's keys; of those that seal, the newest first."""

    signing: str
    sealing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a machine has its keys from."""

    data_dir: Path
    owner: str
    """Of the files, as `chown` takes it."""
    signing_is_set: bool
    """By STATUSPAGE_SECRET_KEY, not by a file."""
    sealing_is_set: bool


@lru_cache(maxsize=32)
def fingerprint(key: str, salt: str) -> str:
    """Return a digest that recognises a key; scrypt (RFC 7914), for a key may be a mere word."""
    return hashlib.scrypt(key.encode(), salt=bytes.fromhex(salt), n=2**13, r=8, p=1, dklen=16).hex()


def shown(fingerprint: str) -> str:
    """Return a fingerprint short enough to be compared by eye."""
    return fingerprint[:_SHOWN]


def differences(
    here: Fingerprints,
    *,
    signing: str,
    needed: Sequence[str],
    places: Places,
    others: Sequence[str] = (),
) -> list[str]:
    """Return a paragraph for each key that differs, with the remedy; nothing when all fit.

    `others` are machines that are known to have the right keys.
    """
    source = f"a machine that works ({', '.join(others[:3])})" if others else "a machine that works"
    found = []
    if here.signing != signing:
        found.append(
            f"STATUSPAGE_SECRET_KEY differs: {shown(here.signing)} here, {shown(signing)} in the "
            "database. Links in mails, sign-ins and the workers' wake-ups would hold on one machine"
            f" only. {_signing_remedy(places, source)}"
        )
    if lacking := [shown(each) for each in needed if each not in here.sealing]:
        known = ", ".join(map(shown, here.sealing)) or "there is none"
        found.append(
            f"The keys of stored secrets differ: {', '.join(lacking)} is needed, known here: "
            f"{known}. Addresses, tokens and passwords could not be read here, and what is entered"
            f" here not elsewhere. {_sealing_remedy(places, source)}"
        )
    return found


def _signing_remedy(places: Places, source: str) -> str:
    if places.signing_is_set:
        return (
            f"Set STATUSPAGE_SECRET_KEY as on {source}; without the setting the key is there in "
            "secret.key in the data folder."
        )
    path = places.data_dir / "secret.key"
    return (
        f"Copy secret.key from the data folder of {source} to {path} (mode 0600, owner "
        f"{places.owner}); or set STATUSPAGE_SECRET_KEY to its content on every machine."
    )


def _sealing_remedy(places: Places, source: str) -> str:
    if places.sealing_is_set:
        return (
            f"Set STATUSPAGE_SECRET_KEYS as on {source}, newest key first, with commas; without the"
            " setting the keys are there in secrets.keys in the data folder, one a line."
        )
    path = places.data_dir / "secrets.keys"
    return (
        f"Copy secrets.keys from the data folder of {source} to {path} (mode 0600, owner "
        f"{places.owner}), with the lines that are here now added at its end; or set "
        "STATUSPAGE_SECRET_KEYS on every machine."
    )


def not_knowing(key: str, machines: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the machines that do not know a key; `machines` maps each to its sealing keys."""
    return sorted(name for name, known in machines.items() if key not in known)


def not_sealing_with(key: str, machines: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the machines that know a key, or not, and seal with another one."""
    return sorted(name for name, known in machines.items() if not known or known[0] != key)
