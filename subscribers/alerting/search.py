"""The search of alerts by their components' names, which never reads all alerts.

A name is looked for among the components: those that there are, and those of which there are
alerts, by their newest alert. Few of them are found by their ids; where many match, the newest
alerts do, and reading on from the newest finds enough of them.
"""

from django.db import connection
from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal

from components.models import Component

MAX_IDS = 100
_NEWEST_NAMES = """
WITH RECURSIVE known(id) AS (
    SELECT min(component_id) FROM subscribers_alert
    UNION ALL
    SELECT (SELECT min(component_id) FROM subscribers_alert WHERE component_id > known.id)
    FROM known WHERE known.id IS NOT NULL
)
SELECT id, (
    SELECT name FROM subscribers_alert WHERE component_id = known.id ORDER BY id DESC LIMIT 1
) FROM known WHERE id IS NOT NULL
"""
"""Each component's newest alert, by one step in an index for each."""


def named(words: str) -> Q | None:
    """Return the filter of alerts on components with all of these words in their names; None
    where there is no such component."""
    terms = [_unquoted(term).casefold() for term in smart_split(words)]
    names = list(Component.objects.values_list("pk", "name"))
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_NAMES)
        names += cursor.fetchall()
    ids = {pk for pk, name in names if all(term in name.casefold() for term in terms)}
    if not ids:
        return None
    if len(ids) <= MAX_IDS:
        return Q(component_id__in=sorted(ids))
    matches = Q()
    for term in map(_unquoted, smart_split(words)):
        matches &= Q(name__icontains=term)
    return matches


def _unquoted(term: str) -> str:
    is_quoted = len(term) > 1 and term[0] in "\"'" and term[0] == term[-1]
    return unescape_string_literal(term) if is_quoted else term
