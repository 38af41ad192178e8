"""No table grows without end, unless somebody decided that it is kept."""

from django.apps import apps

from statuspage.runtime.growth import GROWTH
from tests import DOCS

LABELS = sorted(model._meta.label for model in apps.get_models(include_auto_created=True))


def test_every_model_is_bounded_or_declared_as_kept() -> None:
    """A new model belongs into `GROWTH`: with what deletes its rows, or why they are kept."""
    assert [label for label in LABELS if label not in GROWTH] == []


def test_no_model_is_declared_that_does_not_exist() -> None:
    assert [label for label in GROWTH if label not in LABELS] == []


def test_the_page_about_retention_says_what_bounds_each() -> None:
    text = (DOCS / "run" / "retention.md").read_text(encoding="utf-8")
    rows = [f"| `{label}` | {each.bound} | {each.how} |" for label, each in GROWTH.items()]

    assert [row for row in rows if row not in text] == []
