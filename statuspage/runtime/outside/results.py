"""The last result of each look to the outside, for `doctor`, `/metrics` and the next look."""

from django.db.models import Q

from statuspage.models import OutsideCheck

DEAD_MAN, CERTIFICATE, MAIL = "dead-man", "certificate", "mail"


def claim(name: str, *, now: float, every: float) -> bool:
    """Return whether to look now: once every `every` seconds, whichever machine asks first."""
    OutsideCheck.objects.get_or_create(name=name)
    # A clock that was set back must not keep it for days.
    due = Q(due__lte=now) | Q(due__gt=now + 2 * every)
    return bool(OutsideCheck.objects.filter(due, name=name).update(due=now + every))


def store(
    name: str,
    *,
    ok: bool,
    now: float,
    detail: str = "",
    number: float | None = None,
    again_in: float | None = None,
) -> int:
    """Store a result; return how many of the same kind (good or not) there were in a row.

    `number` is what was measured, such as an instant; `again_in` brings the next look forward.
    """  # fmt: skip
    former = OutsideCheck.objects.filter(name=name).first()
    in_a_row = former.in_a_row + 1 if former and former.at and former.ok is ok else 1
    values = {
        "at": now, "ok": ok, "detail": detail[:300], "number": number, "in_a_row": in_a_row,
        **({"ok_at": now} if ok else {}),
        **({} if again_in is None else {"due": now + again_in}),
    }  # fmt: skip
    OutsideCheck.objects.update_or_create(name=name, defaults=values)
    return in_a_row


def of(name: str) -> OutsideCheck | None:
    """Return the last result; None before the first."""
    return OutsideCheck.objects.filter(name=name, at__gt=0).first()


def dead_man_pings() -> dict[str, OutsideCheck]:
    """Return the last ping of each machine's beat, by machine."""
    rows = OutsideCheck.objects.filter(name__startswith=f"{DEAD_MAN}@")
    return {row.name.partition("@")[2]: row for row in rows}
