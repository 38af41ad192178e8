"""What a message says to a subscriber of a page: nothing that this page does not show. Pure."""

from dataclasses import replace

from components.status import Status
from subscribers.message import Facts, status_headline
from subscribers.pages import SubscribedPage


def facts_on(facts: Facts, page: SubscribedPage | None) -> Facts | None:
    """Return facts as a page has them, with links that lead to it; None when nothing is left.

    Other incidents are named only on a page of everything: which components they touch is not
    among the facts.
    """
    if page is None:
        return facts
    facts = replace(
        facts,
        url=page.moved(facts.url),
        incidents=tuple(replace(each, url=page.moved(each.url)) for each in facts.incidents),
    )
    ids = page.component_ids
    if ids is None:
        return facts
    others = facts.other_incidents
    narrowed = replace(
        facts,
        # Once: what another one of that name is like is not the page's to say.
        components=tuple(dict.fromkeys(name for name in facts.components if name in page.names)),
        component_ids=tuple(pk for pk in facts.component_ids if pk in ids),
        incidents=tuple(each for each in facts.incidents if each not in others),
        overall=page.overall if facts.overall else "",
        overall_message="",
        more=_more(facts, ids),
    )
    return _with_changes(narrowed, page) if facts.changes else narrowed


def _with_changes(facts: Facts, page: SubscribedPage) -> Facts | None:
    ids = page.component_ids or frozenset()
    # What an earlier release wrote has names alone.
    changes = tuple(
        each
        for each in facts.changes
        if each.component_id in ids or (not each.component_id and each.name in page.names)
    )
    if not changes or len(changes) == len(facts.changes):
        return facts if changes else None
    worst = max(changes, key=lambda each: Status(each.status).rank)
    subject = facts.subject_id if facts.subject_id in ids else worst.component_id
    return replace(
        facts,
        changes=changes,
        headline=status_headline(changes),
        state=worst.status,
        subject_id=subject,
    )


def _more(facts: Facts, ids: frozenset[int]) -> dict[str, object]:
    if "states" not in facts.more:
        return facts.more
    states = [each for each in facts.more["states"] if each[2] in ids]
    return {**facts.more, "states": states}
