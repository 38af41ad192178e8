"""The kind `storage`: an S3-style object store, asked for a bucket or given a canary object."""

import re
import uuid
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import cache, cached_property
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator

from components.network.address_guard import AddressGuard
from monitors.probing import pem, url_validators
from monitors.probing.base import BlockingProber, Config, Outcome, ProbeStatus, one_line
from monitors.probing.connections import Deadline, ProbeAbortedError
from monitors.probing.host_fields import DegradedMs
from monitors.probing.http_requests import HttpSession, Response

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_KEY = re.compile(r"[\x21-\x7e]{1,256}\Z")
_PREFIX = re.compile(r"[A-Za-z0-9!_.'()/-]{1,200}\Z")
_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9.]{1,64})\s*</Code>")
_OURS = {"RequestTimeTooSkewed"}
_MEANINGS = {
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "AccessDenied": "the key may not do this",
    "NoSuchBucket": "the bucket does not exist",
    "RequestTimeTooSkewed": "this machine's clock and the server's differ",
    "SlowDown": "the server asks to be spared",
}


class StorageConfig(Config):
    """The store, bucket and key, and what to check."""

    url: str = Field(
        max_length=500, description="Address of the store, such as https://s3.example.org."
    )
    bucket: str = Field(description="Bucket to ask for.")
    access_key: str = Field(description="Access key (its public part).")
    secret_key: SecretStr = Field(max_length=256, description="Secret key that belongs to it.")
    session_token: SecretStr | None = Field(
        default=None, max_length=4000, description="Token of temporary credentials."
    )
    region: str = Field(
        default="us-east-1",
        pattern=r"^[A-Za-z0-9-]{1,40}$",
        description="Region that requests are signed for.",
    )
    addressing: Literal["path", "virtual"] = Field(
        default="path",
        description="Where the bucket's name stands: path: https://host/bucket, virtual: "
        "https://bucket.host.",
    )
    check: Literal["head", "canary"] = Field(
        default="head",
        description="head: a signed question for the bucket; canary: a small object is written, "
        "read back and deleted.",
    )
    canary_prefix: str = Field(
        default="statuspage-canary/",
        description="What the names of these objects begin with; a random part follows.",
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be valid.")
    authorities: pem.Authorities = ""
    degraded_ms: DegradedMs = None

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        parts = urlsplit(url_validators.validate_url(url))
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("must be the store's address alone; the bucket has its own field")
        return urlunsplit((parts.scheme, parts.netloc, "", "", ""))

    @field_validator("bucket")
    @classmethod
    def _check_bucket(cls, name: str) -> str:
        if not _BUCKET.match(name) or ".." in name:
            raise ValueError("must be 3 to 63 lower-case letters, digits, dots and hyphens")
        return name

    @field_validator("access_key")
    @classmethod
    def _check_access_key(cls, key: str) -> str:
        if not _KEY.match(key):
            raise ValueError("must be printable ASCII without spaces")
        return key

    @field_validator("secret_key", "session_token")
    @classmethod
    def _check_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not re.fullmatch(r"[\x21-\x7e]+", secret.get_secret_value()):
            raise ValueError("must be printable ASCII without spaces")
        return secret

    @field_validator("canary_prefix")
    @classmethod
    def _check_prefix(cls, prefix: str) -> str:
        if not _PREFIX.match(prefix) or prefix.startswith("/") or ".." in prefix:
            raise ValueError("must be letters, digits and any of !_.'()/- without leading slash")
        return prefix

    @classmethod
    def destination(cls, settings: Mapping[str, Any]) -> str:
        place = super().destination(settings)
        is_host = settings.get("addressing") == "virtual"
        return f"{place} {settings.get('bucket')}" if is_host else place

    @cached_property
    def bucket_url(self) -> str:
        if self.addressing == "path":
            return f"{self.url}/{self.bucket}"
        scheme, _, host = self.url.partition("://")
        return f"{scheme}://{self.bucket}.{host}/"  # the slash is part of what is signed


class StorageProber(BlockingProber):
    """Signed requests; redirects are not followed, for a signature is for one place."""

    kind = "storage"
    label = "Object storage (S3)"
    library, extra = "botocore", "storage"
    config_type = StorageConfig

    def probe(self, config: StorageConfig, *, timeout: float, guard: AddressGuard) -> Outcome:
        # The first check of a process loads the signing, which must not count against the store.
        _load_signing()
        deadline = Deadline(timeout)
        phases: dict[str, float] = {}
        try:
            session = HttpSession(
                deadline=deadline,
                guard=guard,
                verify=config.verify_tls,
                authorities=config.authorities,
            )
            with closing(session) as requests:
                store = _Store(config, requests)
                phases |= store.head()
                if config.check == "canary":
                    phases |= store.canary()
        except ProbeAbortedError as aborted:
            return aborted.outcome
        total = phases["total"] = deadline.elapsed_ms()
        if config.degraded_ms is not None and total > config.degraded_ms:
            message = f"took {total:.0f} ms, more than {config.degraded_ms:g} ms"
            return Outcome(ProbeStatus.DEGRADED, message, latency_ms=total, code=200, phases=phases)
        return Outcome(ProbeStatus.UP, latency_ms=total, code=200, phases=phases)


class _Store:
    """The requests of one check. Whatever goes wrong raises ProbeAbortedError."""

    def __init__(self, config: StorageConfig, requests: HttpSession) -> None:
        self._config, self._requests = config, requests

    def head(self) -> dict[str, float]:
        response = self._request("HEAD", self._config.bucket_url)
        if response.status == 403:
            # The answer to HEAD has no body that would say why. This one costs the server nothing.
            response = self._request("GET", f"{self._config.bucket_url}?max-keys=0")
            if response.status == 200:
                raise ProbeAbortedError(
                    ProbeStatus.DOWN, "the bucket may be listed, but not be asked for (403)"
                )
        self._expect(response, "the bucket", 200)
        return response.phases

    def canary(self) -> dict[str, float]:
        name = f"{self._config.canary_prefix}{uuid.uuid4().hex}"
        url = f"{self._config.bucket_url.rstrip('/')}/{quote(name, safe='/~')}"
        written = f"canary {uuid.uuid4().hex}\n".encode()
        write = self._expect(self._request("PUT", url, written), "writing", 200, 201, 204)
        try:
            read = self._expect(self._request("GET", url), "reading", 200)
            if read.body != written:
                raise ProbeAbortedError(
                    ProbeStatus.DOWN, "reading gave back something else than was written"
                )
        except ProbeAbortedError:
            self._clean_up(url)
            raise
        deleted = self._expect(self._request("DELETE", url), "deleting", 200, 204)
        return {
            "write": write.phases["total"],
            "read": read.phases["total"],
            "delete": deleted.phases["total"],
        }

    def _clean_up(self, url: str) -> None:
        with suppress(ProbeAbortedError):  # what has gone wrong before is what is reported
            self._request("DELETE", url)

    def _request(self, method: str, url: str, body: bytes = b"") -> Response:
        headers = signed_headers(self._config, method, url, body)
        return self._requests.request(method, url, headers=headers, body=body)

    def _expect(self, response: Response, what: str, *good: int) -> Response:
        if response.status in good:
            return response
        region = response.headers.get("x-amz-bucket-region", "")
        if region and region != self._config.region:
            message = f"the bucket is in the region {one_line(region, limit=40)}"
            raise ProbeAbortedError(
                ProbeStatus.DOWN, f"{what}: {message}, not {self._config.region}"
            )
        match = _CODE.search(response.body)
        code = match[1].decode() if match else ""
        if response.status == 404 and not code:
            code = "NoSuchBucket" if what == "the bucket" else ""
        meaning = _MEANINGS.get(code, "")
        message = ": ".join(filter(None, [f"{what}: status {response.status}", code, meaning]))
        raise ProbeAbortedError(
            ProbeStatus.INCONCLUSIVE if code in _OURS else ProbeStatus.DOWN, message
        )


@cache
def _load_signing() -> tuple[Any, Any, Any]:
    # Only workers that watch a store need it, and it is large.
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    return S3SigV4Auth, AWSRequest, Credentials


def signed_headers(config: StorageConfig, method: str, url: str, body: bytes) -> Mapping[str, str]:
    """Return the headers of a request, signed (AWS Signature Version 4)."""
    sign, make_request, credentials = _load_signing()
    token = config.session_token
    keys = credentials(
        config.access_key,
        config.secret_key.get_secret_value(),
        token.get_secret_value() if token is not None else None,
    )
    request = make_request(method=method, url=url, data=body)
    request.context["payload_signing_enabled"] = True
    sign(keys, "s3", config.region).add_auth(request)
    return dict(request.headers.items())
