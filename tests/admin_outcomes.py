"""Finds what programs say that the admin may show: results of checks, reasons, silent roles.

It is stored or told in English; `components.backoffice.sentences` looks it up where the admin shows
it. Modules of which this is the work are read whole: all their texts of several words count, but
what is no sentence by where it stands.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.admin_sentences import _name_of, _text
from tests.messages import ROOT, Text

_WHOLE = (
    "components/rollup.py", "monitors/probers", "monitors/probing", "monitors/on_demand.py",
    "monitors/manual.py", "monitors/rules/alert_lanes.py", "monitors/rules/heartbeat_schedule.py",
    "monitors/rules/thresholds.py", "monitors/rules/stated_status.py",
    "statuspage/access/undeclared_proxy.py", "subscribers/delivery/endpoint_health.py",
    "subscribers/delivery/holds.py", "subscribers/delivery/order.py",
    "subscribers/delivery/recall.py", "subscribers/delivery/bounces/service.py",
)  # fmt: skip
_FUNCTIONS = {
    "statuspage/runtime/health.py": ("silent_roles", "silent_machines"),
    "subscribers/delivery/ledger.py": ("recipient", "_account"),
    "subscribers/delivery/outbox.py": ("_give_up", "_set_aside"),
}
"""Functions of modules whose other texts are for commands or visitors."""
_OF_OTHERS = (
    "certificate has expired", "certificate is not yet valid", "certificate revoked",
    "self-signed certificate", "self-signed certificate in certificate chain",
    "unable to get local issuer certificate", "unable to verify the first certificate",
    "hostname mismatch, certificate is not valid for '{host}'",
    "no alternative certificate subject name matches target host name '{host}'",
    "connection reset by peer", "connection timed out", "network is unreachable",
    "no route to host", "host is unreachable", "name or service not known",
)  # fmt: skip
"""What OpenSSL, libcurl and systems say most often; results of checks pass it on."""
_NO_SENTENCES = frozenset({
    "Field", "compile", "cast", "getLogger", "msg", "gettext", "gettext_noop", "Thread", "debug",
    "info", "warning", "exception", "error", "replace", "partition", "split", "encode", "Literal",
    "filter", "AssertionError", "TypeError", "KeyError",
})  # fmt: skip
"""Calls whose texts are for programs, or are found in another way."""
_FOR_PROGRAMS = ("Authorization: ", "Content-Type: ", "TE: ", "SET SESSION", "-c ", "^SSL",
                 "tuple[", "application/", "statuspage/0.1", "EndpointProber", "CurlProber",
                 "closing ", "look-up ", "checks {number}", "EntityNotFound",
                 "Connection refused", "certificate verify failed", "untold proxy",
                 "{count} have left")  # fmt: skip
_TABLES = frozenset({"feed.py", "registry.py"})
"""Modules that hold what other pages say, and errors of whoever writes a prober."""


def of_outcomes() -> Iterator[tuple[Path, Text]]:
    """Yield such sentences with the modules that they are in."""
    for each in _WHOLE:
        place = ROOT / each
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            if path.name in _TABLES:
                continue
            yield from ((path, (text, "")) for text in _of(ast.parse(path.read_text())))
    yield from ((ROOT / "monitors/probing/tls.py", (text, "")) for text in _OF_OTHERS)
    for name, functions in _FUNCTIONS.items():
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.FunctionDef) and node.name in functions:
                yield from ((ROOT / name, (text, "")) for text in _of(node))


def _of(tree: ast.AST) -> Iterator[str]:
    left_out = set(_elsewhere(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node not in left_out and _is_said(text := _text(node)):
            yield text


def _elsewhere(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what is a part of something that is no sentence, or is found in another way."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from (part for part in ast.walk(node) if part is not node)
        elif isinstance(node, ast.Call) and _name_of(node.func) in _NO_SENTENCES:
            yield from ast.walk(node)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if _name_of(node.exc.func) in {"ValueError", "ValidationError"}:
                yield from ast.walk(node)
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            yield from ast.walk(node.annotation)


def _is_said(text: str) -> bool:
    words = text.strip()
    if not words or words.startswith(_FOR_PROGRAMS) or text.isupper():
        return False
    return " " in words and text == words
