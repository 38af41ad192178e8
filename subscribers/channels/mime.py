"""A mail that is encoded quickly: plain text and HTML, quoted-printable, headers as they are.

Django's own classes take most of a millisecond, the greater part of it for folding headers that
need none; at some hundred mails a second that is what sending costs.
"""

import base64
from binascii import b2a_qp
from collections.abc import Mapping
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from functools import lru_cache
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import forbid_multi_line_headers

_BOUNDARY, _OUTER = "=_alternatives", "=_related"
"""Never in quoted-printable text, which has no other = than those before a hexadecimal digit or
at the end of a line."""

LOGO = "cid:logo"
"""The address of the logo in a mail's HTML: a part of the mail itself, which needs no request and
which mail programs show that take neither SVG nor `data:` (RFC 2392)."""


def with_logo_inside(html: str, logo: bytes) -> str:
    """Return a mail's HTML for a browser, which knows no parts of mails."""
    return html.replace(LOGO, f"data:image/png;base64,{base64.b64encode(logo).decode()}")


class Encoded:
    """An encoded message, with the methods that Django's backends call."""

    def __init__(
        self, headers: Mapping[str, str], parts: Mapping[str, str], logo: bytes = b""
    ) -> None:
        head = [f"{name}: {value}\n" for name, value in headers.items()]
        head.append("MIME-Version: 1.0\n")
        if logo:
            # RFC 2387: what the HTML refers to lies beside it, in one part with it.
            head.append(
                'Content-Type: multipart/related; type="multipart/alternative"; '
                f'boundary="{_OUTER}"\n\n--{_OUTER}\n'
            )
        head.append(f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\n')
        chunks = ["".join(head).encode("ascii")]
        for kind, text in parts.items():
            part_head = (
                f'\n--{_BOUNDARY}\nContent-Type: {kind}; charset="utf-8"\n'
                "Content-Transfer-Encoding: quoted-printable\n\n"
            )
            lines = text.replace("\r\n", "\n").encode("utf-8")
            chunks += [part_head.encode("ascii"), b2a_qp(lines, istext=True)]
        chunks.append(f"\n--{_BOUNDARY}--\n".encode("ascii"))
        if logo:
            outer = _OUTER.encode("ascii")
            chunks += [b"\n--", outer, b"\n", _encoded_logo(logo), b"\n--", outer, b"--\n"]
        self._bytes = b"".join(chunks)

    def as_bytes(self, *, linesep: str = "\n") -> bytes:
        return self._bytes.replace(b"\n", linesep.encode("ascii"))

    def get_charset(self) -> None:
        """It is ASCII already."""


def _logo_part(logo: bytes) -> MIMEBase:
    part = MIMEBase("image", "png")
    part.set_payload(logo)
    encode_base64(part)
    part["Content-ID"] = "<logo>"
    part.add_header("Content-Disposition", "inline", filename="logo.png")
    return part


@lru_cache(maxsize=16)
def _encoded_logo(logo: bytes) -> bytes:
    # The same in every mail.
    return _logo_part(logo).as_bytes()


class Mail(EmailMultiAlternatives):
    """A mail with one recipient and an HTML alternative; providers' backends read it too."""

    metadata: dict[str, str]
    """What a provider keeps with it; set for providers only, by Anymail's convention."""
    logo: bytes = b""

    def attach_logo(self, png: bytes) -> None:
        """Put the picture into the mail that its HTML names as `cid:logo`."""
        self.logo = png
        self.attach(_logo_part(png))

    def message(self, *args: Any, **more: Any) -> Any:
        named = {"Subject": self.subject, "From": self.from_email, "To": self.to[0]}
        all_headers = {**named, **self.extra_headers}.items()
        headers = dict(
            forbid_multi_line_headers(name, value, "utf-8") for name, value in all_headers
        )
        html = str(self.alternatives[0][0])
        parts = {"text/plain": str(self.body), "text/html": html}
        return Encoded(headers, parts, self.logo)
