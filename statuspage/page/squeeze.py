"""Makes embedded style sheets and scripts small, so that their sources can stay readable.

It knows no grammar. What it expects of a source is said with each function, and refused or seen by
tests where it is not so: these files are ours, and each is run in a real browser by the tests.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_lowercase, ascii_uppercase

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMMENT_LINE = re.compile(r" *//")
_SPACE = re.compile(r"\s+")
_CSS_EDGE = re.compile(r" ?([{};,>]) ?")
_JS_TEXT = re.compile(r"('[^'\n]*'|/[^/ \n][^/\n]*/g)")
# Not "-" and "/", nor a "+" beside another: there a space can keep two of them apart.
_JS_EDGE = re.compile(r" *([=,{}()\[\]?:;<>&|!*%]|(?<!\+ )(?<!\+)\+(?! ?\+)) *")
# A name, unless a single dot before it or a mark behind it make it a property.
_NAME = re.compile(r"(?<![\w$])(?<![^.]\.)[A-Za-z_$][\w$]*(?![\w$\0])")
_DECLARED = (
    re.compile(r"\b(?:const|let|function) ([\w$]+)"),
    re.compile(r"(?m)^ *(?:const|let) .*"),
    re.compile(r"\((\w[\w, ]*)?\) ?=>|\bfunction \w+\(([\w, ]*)\)|\b(\w+) =>"),
    re.compile(r"\b(?:const|let) \[([^\]]*)\]"),
)
_FURTHER = re.compile(r", (\w+) = ")
_KEY = re.compile(r"([{,]\s*)(\w+)(?=:)")
_SHORTHAND = re.compile(r"[({,=]\s*\{\s*(?:\w+\s*,\s*)*(\w+)\s*\}")


def smaller_css(css: str) -> str:
    """Without comments, line breaks and the spaces that carry no meaning.

    Every selector must stand on one line, and there may be no text in `content`.
    """
    tight = _CSS_EDGE.sub(r"\1", _SPACE.sub(" ", _CSS_COMMENT.sub("", css)))
    return tight.replace(": ", ":").replace(";}", "}").strip()


def smaller_js(js: str) -> str:
    """Without comment lines, indents, spaces around what needs none, and long local names.

    A comment must stand on its own line, and a string may not hold the other kind of quote.
    """
    kept = [line for line in js.splitlines() if line.strip() and not _COMMENT_LINE.match(line)]
    parts = _JS_TEXT.split("\n".join(line.strip() for line in short_names(kept)))
    # Every other part is a string or a regular expression, and stays as it is.
    parts[::2] = (_JS_EDGE.sub(r"\1", part) for part in parts[::2])
    return "".join(parts)


def short_names(lines: Sequence[str]) -> list[str]:
    """With a letter or two for every name that the script declares.

    A script is one function; what begins in it at an indent of two is a block. A name that one
    block alone uses gets a small letter, the same ones in every block, which compresses best; the
    others get capitals. `{ name }` for `{ name: name }` is refused: there a name is a property as
    well, and properties keep their names.
    """
    code = _without_text("\n".join(lines))
    if found := _SHORTHAND.search(code):
        raise ValueError(f"write {{ {found[1]}: {found[1]} }}, since local names are shortened")
    used = Counter(_NAME.findall(code))
    declared = _declared(code) & set(used)
    blocks = list(_blocks(lines))
    users = {name: [n for n, block in enumerate(blocks) if name in block[1]] for name in declared}
    shared = sorted((n for n in declared if len(users[n]) > 1), key=lambda n: (-used[n], n))
    names = dict(zip(shared, _letters(ascii_uppercase, but=used), strict=False))
    short: list[str] = []
    for number, (block, found_names) in enumerate(blocks):
        own = [name for name in found_names if users.get(name) == [number]]
        local = dict(zip(own, _letters(ascii_lowercase, but=used), strict=False))
        short += _renamed(block, {**names, **local})
    return short


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Neighbouring lines that belong together, and the names in them by their first use."""
    block: list[str] = []
    for line in [*lines, "  end"]:
        if re.match(r"(  )?\w", line) and block:
            yield block, list(dict.fromkeys(_NAME.findall(_without_text("\n".join(block)))))
            block = []
        block.append(line)


def _renamed(block: Sequence[str], names: Mapping[str, str]) -> list[str]:
    parts = _JS_TEXT.split("\n".join(block))
    for n in range(0, len(parts), 2):
        marked = _KEY.sub("\\1\\2\0", parts[n])
        new = _NAME.sub(lambda found: names.get(found[0], found[0]), marked)
        parts[n] = new.replace("\0", "")
    return "".join(parts).split("\n")


def _without_text(code: str) -> str:
    return _KEY.sub("\\1\\2\0", "''".join(_JS_TEXT.split(code)[::2]))


def _declared(js: str) -> set[str]:
    first, line, parameters, parts = _DECLARED
    names = set(first.findall(js))
    for each in line.findall(js):
        names.update(_FURTHER.findall(each))
    for found in (*parameters.finditer(js), *parts.finditer(js)):
        for told in filter(None, found.groups()):
            names.update(name.split("=")[0].strip() for name in told.split(","))
    return names - {""}


def _letters(alphabet: str, *, but: Container[str]) -> Iterator[str]:
    """One of the alphabet, then two, and so on; none of those that are used for something else."""
    for length in count(1):
        for each in product(alphabet, repeat=length):
            if (name := "".join(each)) not in but:
                yield name
