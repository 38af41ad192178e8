"""What beat does for others that died."""

import pytest
from django.utils import timezone

from components import journal, services
from components.journal import is_behind
from components.status import Status
from statuspage.publishing import projector, snapshot
from statuspage.runtime.beat import ProjectorCatchUp
from statuspage.state.builder import READER
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_what_a_writer_that_died_has_not_digested_is_published_at_the_next_look() -> None:
    component = build.component()
    catching_up = ProjectorCatchUp()
    with journal.without_listeners():
        services.set_override(component, status=Status.DEGRADED)
    left = is_behind(READER)

    catching_up.look(timezone.now())

    assert left
    assert not snapshot.is_behind()
    assert build.status_of(component) is Status.DEGRADED


def test_a_page_that_is_being_rendered_is_rendered_here_only_if_nobody_comes_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    component = build.component()
    catching_up = ProjectorCatchUp()
    with monkeypatch.context() as patched:
        patched.setattr(projector, "publish_if_behind", lambda: None)
        services.set_override(component, status=Status.DEGRADED)

    catching_up.look(timezone.now())
    left_alone = snapshot.is_behind()
    catching_up.look(timezone.now())

    assert left_alone
    assert not snapshot.is_behind()
