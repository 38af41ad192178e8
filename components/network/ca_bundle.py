"""The bundle of certificate authorities that are trusted."""

import os
import ssl
from functools import cache
from pathlib import Path

import certifi


@cache
def trusted_authorities() -> str:
    """Return the path of the file of trusted authorities.

    `SSL_CERT_FILE` if set, else the system's, where operators add their own; else certifi's.
    """
    known = (
        os.environ.get("SSL_CERT_FILE"),
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
        ssl.get_default_verify_paths().cafile,
    )
    return next((path for path in known if path and Path(path).is_file()), certifi.where())
