"""What those who asked for monthly reports are told when one is frozen, or revised.

A month that was over before there was anybody to watch it is told to nobody, and neither is what an
import makes of one: it is no news to who followed the page meanwhile.
"""

from datetime import date

from components.journal.event_types import HISTORY_IMPORTED
from components.languages.words import msg
from components.models import JournalEntry
from components.values.instants import iso
from statuspage.pages.face import MAIN
from statuspage.report_models import FrozenReport
from subscribers.delivery.matching import Audience
from subscribers.enums import Kind
from subscribers.message import Facts, our_text, our_words
from subscribers.models import Notice

_REPORT = msg("Report, {month}")
_NEW = msg(
    "The report of {month} is ready to read and to print: uptime and time by status of each"
    " component, and the incidents that counted."
)
_REVISED = msg(
    "The report of {month} was revised, because its history was corrected. This is revision"
    " {number}; the former one stays at its address."
)


def thread_of_report(page: str, month: str) -> str:
    """Return the thread of the notices of a page's report."""
    return f"report-{page}-{month}"


def report_notice(entry: JournalEntry, *, site: str) -> tuple[Facts, Audience] | None:
    """Return the facts and the audience of a frozen report; None for one that is told to nobody."""
    data = entry.data
    page, month, number = data["page"], data["month"], data["revision"]
    if number == 1:
        is_news, text = _is_watched(entry, month), our_text(_NEW, month=month)
    else:
        is_news = _was_told(page, month) and not _is_imported(entry)
        text = our_text(_REVISED, month=month, number=str(number))
    if not is_news:
        return None
    facts = Facts(
        event=entry.kind,
        at=iso(entry.at),
        url=f"{site}/status/reports/{month}",
        **our_words(headline=our_text(_REPORT, month=month), message=text),
    )
    return facts, Audience(Kind.REPORTS, page="" if page == MAIN else page)


def _is_watched(entry: JournalEntry, month: str) -> bool:
    """Return whether a month has just ended, and the journal began before its end."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    if entry.at.date().replace(day=1) != following:
        return False
    oldest = JournalEntry.objects.order_by("pk").values_list("at", flat=True).first()
    return oldest is not None and oldest.date() < following


def _was_told(page: str, month: str) -> bool:
    return Notice.objects.filter(thread=thread_of_report(page, month), recalled_at=None).exists()


def _is_imported(entry: JournalEntry) -> bool:
    """Return whether history was imported since the former revision was frozen."""
    data = entry.data
    former = FrozenReport.objects.filter(
        page=data["page"],
        month=date.fromisoformat(f"{data['month']}-01"),
        revision=data["revision"] - 1,
    )
    since = former.order_by("-pk").values_list("frozen_at", flat=True).first()
    imports = JournalEntry.objects.filter(kind=HISTORY_IMPORTED.name, at__lte=entry.at)
    return since is not None and imports.filter(at__gt=since).exists()
