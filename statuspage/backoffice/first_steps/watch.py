"""What was pasted on the first step, as components with monitors: read, tried, added."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from components.backoffice.sentences import localized, reasons
from components.models import Component
from components.services import save_component
from monitors import on_demand
from monitors.models import Monitor
from monitors.probers import registry
from monitors.probing.base import CheckResult
from monitors.services import save_monitor
from monitors.worker.target_guard import configured_guard
from statuspage.backoffice.first_steps.targets import MAX_LINES, Target, read_targets

INTERVAL, TIMEOUT = 60, 10
TRY_SECONDS = 5.0
"""For all lines together, which are tried at once; a monitor waits for `TIMEOUT` seconds."""
MAX_CHARACTERS = 50_000
_BADGES = {
    "up": "operational", "degraded": "degraded", "down": "major_outage", "inconclusive": "unknown",
    "blind": "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A pasted line, with what is wrong with it, or what was found when it was tried."""

    target: Target
    mark: str = "unknown"
    found: str = ""

    @property
    def error(self) -> str:
        return self.target.error

    @property
    def kind_label(self) -> str:
        prober = registry.probers().get(self.target.kind)
        return gettext(prober.label) if prober else ""


def read(text: str) -> list[Line]:
    """Return the lines of a text, each checked as its monitor's form would check it."""
    targets = read_targets(text[:MAX_CHARACTERS])
    known = _known_addresses({each.kind for each in targets})
    seen: dict[Any, str] = {}
    checked = []
    for number, target in enumerate(targets):
        error = target.error or _refusal(target, number)
        key = _key(target.kind, target.config)
        if not error and (name := known.get(key) or seen.get(key)):
            error = gettext("“{name}” watches this address already.").format(name=name)
        seen.setdefault(key, target.name)
        checked.append(replace(target, error=error))
    return [Line(each) for each in _named_apart(checked)]


def _refusal(target: Target, number: int) -> str:
    """Return why a line cannot be added; '' when it can."""
    if number >= MAX_LINES:
        return gettext("Add at most {number} addresses at once.").format(number=MAX_LINES)
    monitor = _monitor(target)
    if names := ", ".join(monitor.placeholders.values()):
        return gettext("“{names}” is an example address. Enter the real one.").format(names=names)
    try:
        monitor.full_clean(exclude=["component"])
    except ValidationError as error:
        return reasons(error)
    return ""


def _monitor(target: Target) -> Monitor:
    return Monitor(
        name=target.name, kind=target.kind, config=dict(target.config),
        interval=INTERVAL, timeout=TIMEOUT,
    )  # fmt: skip


def _key(kind: str, config: dict[str, Any]) -> Any:
    url = str(config.get("url", "")).rstrip("/").lower()
    return kind, url, str(config.get("host", "")).lower(), config.get("port")


def _known_addresses(kinds: set[str]) -> dict[Any, str]:
    """Return the names of the monitors that there are, by what they watch."""
    rows = Monitor.objects.filter(kind__in=kinds, builtin=None).only("name", "kind", "config")
    return {_key(each.kind, each.config): each.name for each in rows}


def _named_apart(targets: Iterable[Target]) -> list[Target]:
    """Return the targets with names that nothing else has; a name that was given stays."""
    rows = list(targets)
    taken = Counter(each.name.lower() for each in rows if not each.error)
    taken.update(name.lower() for name in Component.objects.values_list("name", flat=True))
    return [
        replace(each, name=each.address.partition("://")[2].rstrip("/")[:100] or each.address[:100])
        if taken[each.name.lower()] > 1 and not each.named and not each.error
        else each
        for each in rows
    ]


def tried(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with the outcome of one check each, made at once; nothing is stored."""
    good = [each for each in lines if not each.error]
    found = on_demand.check_each(
        [_monitor(each.target) for each in good], guard=configured_guard(), seconds=TRY_SECONDS
    )
    outcomes = {each.target.line: result for each, result in zip(good, found, strict=True)}
    return [
        each if each.error else _with_outcome(each, outcomes[each.target.line]) for each in lines
    ]


def _with_outcome(line: Line, result: CheckResult | None) -> Line:
    if result is None:
        late = gettext("no answer within {seconds} s").format(seconds=f"{TRY_SECONDS:.0f}")
        return replace(line, mark="major_outage", found=late)
    outcome = result.outcome
    took = "" if outcome.latency_ms is None else f"{outcome.latency_ms:.0f} ms"
    known = [str(outcome.code) if outcome.code else "", localized(outcome.message), took]
    text = " · ".join(each for each in known if each)
    return replace(line, mark=_BADGES[outcome.status.value], found=text)


def add(lines: Sequence[Line], *, actor: str) -> tuple[list[Component], list[Line]]:
    """Make a component with a monitor of each line that has no error.

    Returns what was made, and the lines that were not, each with its error. The first checks follow
    within seconds.
    """
    made: list[Component] = []
    left: list[Line] = []
    with transaction.atomic():
        place = Component.objects.filter(group=None).count() * 10
        for line in lines:
            if line.error:
                left.append(line)
                continue
            try:
                made.append(_add(line.target, place=place + 10 * (len(made) + 1), actor=actor))
            except ValidationError as error:
                failed = replace(line.target, error=reasons(error))
                left.append(replace(line, target=failed))
    return made, left


def _add(target: Target, *, place: int, actor: str) -> Component:
    # Both at once: a component is not for a moment without what watches it.
    with transaction.atomic():
        component = Component(name=target.name, slug=_free_slug(target.name), sort_order=place)
        save_component(component, actor=actor)
        monitor = _monitor(target)
        monitor.component = component
        save_monitor(monitor, regions=[], actor=actor)
    return component


def _free_slug(name: str) -> str:
    wanted = slugify(re.sub(r"\W+", "-", name))[:50].strip("-") or "component"
    taken = set(Component.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (wanted, *numbered) if each not in taken)
