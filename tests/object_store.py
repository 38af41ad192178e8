"""A real S3-style object store for tests: moto's server as a process, by TLS, that checks keys."""

import json
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.certificates import LOCAL, Certificate, make_certificate
from tests.ports import free_ports
from tests.waiting import PATIENCE

BUCKET = "models-eu"
START_SECONDS = 30


@dataclass(frozen=True)
class ObjectStore:
    port: int
    certificate: Certificate
    access_key: str
    secret_key: str
    client: Any
    """botocore's own, to look from the other side."""

    def settings(self, **others: Any) -> dict[str, Any]:
        """What a monitor of it needs."""
        return {
            "url": f"https://{LOCAL}:{self.port}",
            "bucket": BUCKET,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
            "authorities": self.certificate.path.read_text(),
            **others,
        }

    def names(self) -> list[str]:
        """The names of the objects in the bucket."""
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [each["Key"] for each in found]


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    names = ("localhost", LOCAL, f"{BUCKET}.localhost")
    certificate = make_certificate(folder, names=names)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "-H", LOCAL, "-p", str(port), "-s",
               "-c", str(certificate.path), "-k", str(certificate.key_path)]  # fmt: skip
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield _prepared(process, port, certificate)
    finally:
        process.kill()
        process.wait()


def _prepared(
    process: "subprocess.Popen[bytes]", port: int, certificate: Certificate
) -> ObjectStore:
    from botocore.session import get_session  # noqa: PLC0415  (large, and few tests need it)

    def client(service: str, key: str, secret: str) -> Any:
        return get_session().create_client(
            service, region_name="us-east-1", endpoint_url=f"https://{LOCAL}:{port}",
            aws_access_key_id=key, aws_secret_access_key=secret, verify=str(certificate.path),
        )  # fmt: skip

    _wait(process, port, certificate)
    iam = client("iam", "root", "root")
    iam.create_user(UserName="probe")
    pair = iam.create_access_key(UserName="probe")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_user_policy(
        UserName="probe", PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )  # fmt: skip
    client("s3", "root", "root").create_bucket(Bucket=BUCKET)
    # From here on it checks keys and signatures.
    _get(port, certificate, "/moto-api/reset-auth", b"0")
    key, secret = pair["AccessKeyId"], pair["SecretAccessKey"]
    return ObjectStore(port, certificate, key, secret, client("s3", key, secret))


def _wait(process: "subprocess.Popen[bytes]", port: int, certificate: Certificate) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "moto's server has ended"
        try:
            _get(port, certificate, "/moto-api/")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("moto's server does not answer")


def _get(port: int, certificate: Certificate, path: str, body: bytes | None = None) -> None:
    context = ssl.create_default_context(cafile=str(certificate.path))
    url = f"https://{LOCAL}:{port}{path}"
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "text/plain"})
    with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:
        answer.read()
