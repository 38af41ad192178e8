"""The page as bytes: stored, kept on disk, never older than what is shown."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import pytest
from django.conf import settings

from statuspage.models import StoredSnapshot
from statuspage.publishing import disk_copy, rendered, snapshot
from tests import build
from tests.statuspage.page_states import incident, page
from tests.waiting import PATIENCE

both = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def test_what_is_packed_is_unpacked_the_same() -> None:
    made = rendered.build(page(incidents=[incident()]))

    assert rendered.unpack(rendered.pack(made)) == made


@pytest.mark.parametrize(
    "damage",
    [
        lambda blob: b"",
        lambda blob: blob[:-1],
        lambda blob: blob + b"x",
        lambda blob: blob.replace(b'"state"', b'"stare"', 1),
        lambda blob: blob.replace(b'"version"', b'"verzion"', 1),
        lambda blob: b"\x80\x04pickle?\n" + blob,
    ],
)
def test_a_damaged_copy_is_refused_and_never_guessed_at(damage: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rendered.unpack(damage(rendered.pack(rendered.build(page()))))


def test_the_same_state_makes_the_same_bytes_and_etags() -> None:
    assert rendered.build(page()).bodies == rendered.build(page()).bodies


def test_every_encoding_holds_the_same_page() -> None:
    body = rendered.build(page()).bodies["page.html"]

    assert brotli.decompress(body.br) == body.identity


@pytest.mark.usefixtures("own_folder")
class TestPublished:
    pytestmark = both

    def test_a_publication_is_in_the_database_and_on_disk(self) -> None:
        build.component("Shop")

        stored, kept = snapshot.load(), disk_copy.read()

        assert stored == kept
        assert stored is not None
        assert "Shop" in stored.bodies["page.html"].identity.decode()
        index = disk_copy.snapshot_path().parent / "site" / "status" / "index.html"
        assert index.read_bytes() == stored.bodies["page.html"].identity

    def test_where_people_wait_for_answers_the_copy_on_disk_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build.component("Shop")
        may_write = threading.Event()
        write = disk_copy.write

        def slowly(published: rendered.Snapshot, blob: bytes) -> None:
            may_write.wait(PATIENCE)
            write(published, blob)

        monkeypatch.setattr(settings.STATUSPAGE, "role", "web")
        monkeypatch.setattr(disk_copy, "write", slowly)
        before = disk_copy.read()
        published = snapshot.publish()

        assert snapshot.load() == published
        assert disk_copy.read() == before != published
        may_write.set()
        snapshot._disk.submit(int).result(10)
        assert disk_copy.read() == published

    def test_an_older_rendering_never_replaces_a_newer_one(self) -> None:
        build.component("Shop")
        StoredSnapshot.objects.update(version=10**9)

        snapshot.publish()

        assert StoredSnapshot.objects.get().version == 10**9

    def test_figures_are_renewed_without_any_change(self) -> None:
        build.component("Shop")
        before = snapshot.load()

        snapshot.publish(now=datetime.now(UTC) + timedelta(seconds=10))

        after = snapshot.load()
        assert before is not None
        assert after is not None
        assert after.version == before.version
        assert after.built_at > before.built_at

    def test_a_full_disk_does_not_keep_the_page_from_being_published(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(path: object, body: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(disk_copy, "replace_file", full)

        build.component("Shop")

        stored = snapshot.load()
        assert stored is not None
        assert [component.name for component in stored.state.components] == ["Shop"]

    def test_a_snapshot_of_another_release_is_rendered_anew_instead_of_trusted(self) -> None:
        build.component("Shop")
        StoredSnapshot.objects.update(blob=b'{"state": 2}\n{}')

        assert snapshot.load() is None


def test_no_copy_on_disk_is_no_trouble(tmp_path: object) -> None:
    assert disk_copy.read() is None


def test_states_differ_when_versions_do() -> None:
    assert rendered.build(page()) != rendered.build(replace(page(), version=99))
