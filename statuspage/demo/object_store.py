"""The demonstration's object store: S3 as far as a monitor needs it, with signatures checked.

One bucket, held in memory: it may be asked for, and objects be written, read and deleted. Requests
are signed as AWS Signature Version 4 says; of the header `Authorization` nothing else is accepted.
"""

import hashlib
import hmac
import re
from http import HTTPStatus
from urllib.parse import parse_qsl, quote

from statuspage.demo import http
from statuspage.demo.targets import HOST, Target

BUCKET = "models"
REGION = "us-east-1"
MAX_OBJECTS = 1_000
_ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} Credential=(?P<key>[^/]+)/(?P<date>\d{{8}})/(?P<region>[^/]+)/s3/aws4_request"
    r", ?SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class ObjectStore(Target):
    """A store with one bucket. Its keys are no secrets: it is on this machine and holds nothing."""

    def __init__(self, *, slug: str, name: str, component: str, port: int = 0) -> None:
        super().__init__(slug=slug, name=name, component=component, port=port)
        self.access_key, self.secret_key = f"demo-{slug}", f"secret-of-{slug}"
        self._objects: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        # A monitor wants the store's address alone; the access key tells which store it is.
        return f"http://{HOST}:{self.port}"

    @property
    def slow_seconds(self) -> float:
        # A check is four requests, and is to be slow within its time-out.
        return super().slow_seconds / 4

    def respond(self, request: http.Request) -> tuple[HTTPStatus, str]:
        if refusal := self._refusal(request):
            return _error(HTTPStatus.FORBIDDEN, refusal)
        bucket, _, name = request.path.removeprefix("/").partition("/")
        if bucket != BUCKET:
            return _error(HTTPStatus.NOT_FOUND, "NoSuchBucket")
        if not name:
            return HTTPStatus.OK, "<ListBucketResult/>"
        return self._object(request, name)

    def _object(self, request: http.Request, name: str) -> tuple[HTTPStatus, str]:
        if request.method == "PUT":
            if len(self._objects) >= MAX_OBJECTS:
                return _error(HTTPStatus.SERVICE_UNAVAILABLE, "SlowDown")
            self._objects[name] = request.body
            return HTTPStatus.OK, ""
        if request.method == "DELETE":
            self._objects.pop(name, None)
            return HTTPStatus.NO_CONTENT, ""
        if name not in self._objects:
            return _error(HTTPStatus.NOT_FOUND, "NoSuchKey")
        return HTTPStatus.OK, self._objects[name].decode("utf-8", "replace")

    def _refusal(self, request: http.Request) -> str:
        """Return the code of why a request is refused; '' when its signature is right."""
        match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            return "AccessDenied"
        if match["key"] != self.access_key:
            return "InvalidAccessKeyId"
        if request.headers.get("x-amz-content-sha256") != hashlib.sha256(request.body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        expected = signature(
            request,
            secret_key=self.secret_key,
            date=match["date"],
            region=match["region"],
            signed=match["headers"],
        )
        return "" if hmac.compare_digest(expected, match["signature"]) else "SignatureDoesNotMatch"


def signature(
    request: http.Request, *, secret_key: str, date: str, region: str, signed: str
) -> str:
    """Return the signature of a request by AWS Signature Version 4, in hexadecimal.

    `signed` are the names of the headers that it covers, joined by semicolons.
    Source: AWS documentation, "Create a signed AWS API request".
    """
    query = sorted(parse_qsl(request.query, keep_blank_values=True))
    canonical = "\n".join(
        (
            request.method,
            request.path,
            "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
                     for name, value in query),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}"
              for name in signed.split(";")),
            "",
            signed,
            request.headers.get("x-amz-content-sha256", ""),
        )
    )  # fmt: skip
    scope = f"{date}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((_ALGORITHM, request.headers.get("x-amz-date", ""), scope, digest))
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _error(status: HTTPStatus, code: str) -> tuple[HTTPStatus, str]:
    return status, f"<Error><Code>{code}</Code></Error>"
