"""Makes pictures that people upload inert: an SVG of known shapes alone, or a whole PNG.

An SVG is written anew from what is on the lists below. Nothing else gets through: no script, no
event, no style, no text from elsewhere, no reference but to an id of its own, no entity, no
document type. So it may stand in a page, in a tab's icon and in a mail's frame.
"""

import base64
import binascii
import re
import struct
import zlib
from html import escape
from xml.parsers import expat

from statuspage.state.drawing_weight import Weight
from statuspage.state.own_css import without_comments

MAX_BYTES = 65_536
_MAX_ELEMENTS = 2_000
_MAX_DEPTH = 40
_MAX_SHEET = 20_000
"""Characters of an SVG's own style sheet that are read."""
_SVG = "http://www.w3.org/2000/svg"
_STYLE = f"{_SVG} style"
_ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "title",
        "desc",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "id",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "opacity",
        "display",
        "visibility",
        "fill",
        "fill-opacity",
        "fill-rule",
        "clip-rule",
        "clip-path",
        "mask",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-opacity",
        "offset",
        "stop-color",
        "stop-opacity",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "preserveAspectRatio",
        "color",
        "href",
    ]
)
_PLAIN = re.compile(r"[-\w#.,%()+:/ \t\r\n]*", re.ASCII)
_OWN_URL = re.compile(r"url\(#[-\w.]+\)", re.ASCII)
_OWN_ID = re.compile(r"#[-\w.]+", re.ASCII)
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_ADDRESS = "data:image/png;base64,"
_PNG_CHUNKS = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs"))
_MAX_SIDE = 2_000


class PictureError(ValueError):
    """The picture cannot be taken; the message says what to change."""


def sanitise_picture(data: bytes) -> str:
    """Return an inert SVG, or a PNG as a `data:` address. Raises PictureError."""
    if len(data) > MAX_BYTES:
        raise PictureError(f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are taken.")
    if data.startswith(_PNG):
        return _PNG_ADDRESS + base64.b64encode(_png(data)).decode()
    if data.startswith(_PNG_ADDRESS.encode()):
        try:
            decoded = base64.b64decode(data[len(_PNG_ADDRESS) :], validate=True)
        except binascii.Error:
            raise PictureError("The PNG's base64 cannot be read.") from None
        return _PNG_ADDRESS + base64.b64encode(_png(decoded)).decode()
    return _Drawing().read(data)


def is_png(picture: str) -> bool:
    """Whether a sanitised picture is a PNG."""
    return picture.startswith(_PNG_ADDRESS)


def png_bytes(address: str) -> bytes:
    """Return the PNG of a sanitised `data:` address; b"" for ''."""
    return base64.b64decode(address.removeprefix(_PNG_ADDRESS)) if address else b""


def png_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a sanitised PNG, in its pixels."""
    return _word(data, 16), _word(data, 20)


def _png(data: bytes) -> bytes:
    """Return the PNG without what shows nothing: texts, profiles, whatever is hung behind it."""
    if not data.startswith(_PNG):
        raise PictureError("The file is no PNG.")
    kept, at, seen = [_PNG], len(_PNG), []
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != _word(data, end - 4):
            break
        if name in _PNG_CHUNKS:
            kept.append(data[at:end])
        seen.append(name)
        at = end
        if name == b"IEND":
            width, height = _word(data, 16), _word(data, 20)
            if seen[0] != b"IHDR" or not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
                raise PictureError(f"The PNG is larger than {_MAX_SIDE} pixels a side.")
            return b"".join(kept)
    raise PictureError("The PNG is damaged or cut short.")


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


class _Drawing:
    """Reads an SVG and writes the allowed part of it."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._skipped = 0
        self._depth = self._count = 0
        self._titled = self._in_sheet = False
        self._sheet: list[str] = []
        self._classes: dict[str, dict[str, str]] = {}
        self._weight = Weight()

    def read(self, data: bytes) -> str:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if isinstance(error, PictureError):
                raise
            raise PictureError(
                f"The file is neither a PNG nor an SVG that can be read: {error}."
            ) from None
        if self._weight.is_too_much():
            raise PictureError(
                "The SVG draws its parts too often, or inside themselves. Save it as plain shapes."
            )
        return "".join(self._written)

    @staticmethod
    def _refuse(*_: object) -> None:
        raise PictureError("Take the document type and its entities out of the SVG.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._count > _MAX_ELEMENTS or self._depth > _MAX_DEPTH:
            raise PictureError(f"The SVG has more than {_MAX_ELEMENTS:,} elements.")
        space, _, local = name.rpartition(" ")
        if self._depth == 1 and (space, local) != (_SVG, "svg"):
            raise PictureError("The file's root is no <svg> of the SVG namespace.")
        if self._skipped or space != _SVG or local not in _ELEMENTS:
            self._skipped += 1
            self._in_sheet = name == _STYLE and self._skipped == 1
            return
        if self._depth == 1:
            attributes = _with_view_box(attributes)
        harmless = {
            key: value
            for key, value in self._styled(attributes).items()
            if key in _ATTRIBUTES and _is_harmless(key, value)
        }
        self._weight.enter(harmless)
        kept = "".join(f' {key}="{escape(value)}"' for key, value in harmless.items())
        if self._depth == 1:
            kept = f' xmlns="{_SVG}"' + re.sub(r' (?:width|height|x|y|id)="[^"]*"', "", kept)
        self._titled = local in ("title", "desc")
        self._written.append(f"<{local}{kept}>")

    def _styled(self, attributes: dict[str, str]) -> dict[str, str]:
        """Return an element's attributes, with what its style sets as attributes of their own.

        What drawing programs write is `style="fill:#000"`, or a class of a sheet at the top.
        """
        plain = {full.rpartition(" ")[2]: value for full, value in attributes.items()}
        for name in plain.get("class", "").split():
            plain |= self._classes.get(name, {})
        return plain | _declared(plain.get("style", ""))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == _STYLE and self._skipped == 1:
            self._read_sheet()
        if self._skipped:
            self._skipped -= 1
            return
        self._titled = False
        self._weight.leave()
        self._written.append(f"</{name.rpartition(' ')[2]}>")

    def _text(self, text: str) -> None:
        if self._titled and not self._skipped:
            self._written.append(escape(text))
        elif self._in_sheet:
            self._sheet.append(text)

    def _read_sheet(self) -> None:
        """Keep what rules of single classes declare; any other rule is left out."""
        text = without_comments("".join(self._sheet)[:_MAX_SHEET])
        # By hand: a regular expression begins anew at each character of what has no brace.
        for rule in text.split("}"):
            names, brace, body = rule.rpartition("{")
            for name in names.rpartition("{")[2].split(",") if brace else ():
                if single := re.fullmatch(r"\s*\.([-\w]+)\s*", name):
                    self._classes.setdefault(single[1], {}).update(_declared(body))
        self._sheet, self._in_sheet = [], False


def _with_view_box(attributes: dict[str, str]) -> dict[str, str]:
    """Return a root's attributes with a viewBox, made of its width and height where it has none."""
    if "viewBox" in attributes:
        return attributes
    sides = [
        re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,6})?)(?:px)?\s*", attributes.get(name, ""), re.ASCII)
        for name in ("width", "height")
    ]
    if not all(sides):
        raise PictureError("Give the SVG's root a viewBox, or a width and a height in pixels.")
    return {**attributes, "viewBox": " ".join(["0 0", *(each[1] for each in sides if each)])}


def _declared(text: str) -> dict[str, str]:
    """Return the declarations of a style; which of them are kept is decided as for attributes."""
    pairs = (each.partition(":") for each in text.split(";"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _is_harmless(key: str, value: str) -> bool:
    """Whether a value refers to nothing outside of its file."""
    if key == "href":
        return bool(_OWN_ID.fullmatch(value.strip()))
    return (
        bool(_PLAIN.fullmatch(_OWN_URL.sub("", value)))
        and "url" not in _OWN_URL.sub("", value).lower()
    )
