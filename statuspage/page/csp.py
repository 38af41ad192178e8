"""The page's embedded style and script, and the policy that lets these two run and nothing else."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "page"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_JS_TEXT = re.compile(r"('[^'\n]*'|/[^/ \n][^/\n]*/g)")
# Not "+", "-" and "/": there a space can keep two of them apart.
_JS_EDGE = re.compile(r" *([=,{}()\[\]?:;<>&|!]) *")
_CSS_EDGE = re.compile(r" ?([{};,>]) ?")


def smaller_css(css: str) -> str:
    """Without comments, line breaks and the spaces that carry no meaning in our own sheet."""
    tight = _CSS_EDGE.sub(r"\1", _SPACE.sub(" ", _COMMENT.sub("", css)))
    return tight.replace(": ", ":").replace(";}", "}").strip()


def smaller_js(js: str) -> str:
    """Without comment lines, indents, blank lines and the spaces around what needs none.

    A comment must stand on its own line, and a string may not hold the other kind of quote.
    """
    lines = (line.strip() for line in js.splitlines())
    kept = "\n".join(line for line in lines if line and not line.startswith("//"))
    parts = _JS_TEXT.split(kept)
    # Every other part is a string or a regular expression, and stays as it is.
    parts[::2] = (_JS_EDGE.sub(r"\1", part) for part in parts[::2])
    return "".join(parts)


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _style(name: str) -> str:
    return smaller_css((_FOLDER / name).read_text("utf-8"))


def _script(name: str) -> str:
    return smaller_js((_FOLDER / name).read_text("utf-8"))


STYLE, PAGES_STYLE = _style("status.css"), _style("pages.css")
"""The main page's, and what all others add to it."""
SCRIPT, READER_SCRIPT = _script("status.js"), _script("reader.js")
"""The main page's own, and that of every page."""


def policy(*, remote_images: bool) -> str:
    """The value of the page's `Content-Security-Policy` header."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {hashed(STYLE)} {hashed(PAGES_STYLE)}",
            f"script-src {hashed(READER_SCRIPT)} {hashed(SCRIPT)}",
            "connect-src 'self'",
            "img-src data: https:" if remote_images else "img-src data:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def policy_for(style: str) -> str:
    """The policy of a page that has this one sheet, forms, and no script."""
    return (
        f"default-src 'none'; style-src {hashed(style)}; img-src data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


CONTENT_SECURITY_POLICY = policy(remote_images=False)
"""The usual one; it changes only with these files."""
