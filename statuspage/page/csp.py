"""The page's embedded style and script, and the policy that lets these two run and nothing else."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "page"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_CSS_EDGE = re.compile(r" ?([{};,>]) ?")


def _smaller_css(css: str) -> str:
    """Without comments, line breaks and the spaces that carry no meaning in our own sheet."""
    tight = _CSS_EDGE.sub(r"\1", _SPACE.sub(" ", _COMMENT.sub("", css)))
    return tight.replace(": ", ":").replace(";}", "}").strip()


def _smaller_js(js: str) -> str:
    """Without comment lines, indents and blank lines; a comment must stand on its own line."""
    lines = (line.strip() for line in js.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


STYLE = _smaller_css((_FOLDER / "status.css").read_text("utf-8"))
SCRIPT = _smaller_js((_FOLDER / "status.js").read_text("utf-8"))


def policy(*, remote_images: bool) -> str:
    """The value of the page's `Content-Security-Policy` header."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(STYLE)}",
            f"script-src {_hash(SCRIPT)}",
            "connect-src 'self'",
            "img-src data: https:" if remote_images else "img-src data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


CONTENT_SECURITY_POLICY = policy(remote_images=False)
"""The usual one; it changes only with the two files."""
