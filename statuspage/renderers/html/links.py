"""Links within a page that lies elsewhere than at `/status`.

Templates and renderers write every link as `main` has it. It is moved here, at the end and in one
place, so that no template can forget to: a link that is written tomorrow is moved as well.
"""

import re

from statuspage.pages.face import HOME

# What people wrote cannot look like this: their quotation marks are escaped.
_LINK = re.compile(rb'(?<=[ \n])((?:href|action|src)=")/status(?=["/?.#])(?!/p/)')


def rebased(html: bytes, root: str) -> bytes:
    """Return a document whose links lead to paths below `root`; `main`'s is returned as it is."""
    if root == HOME:
        return html
    return _LINK.sub(lambda match: match[1] + root.encode(), html)
