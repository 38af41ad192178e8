"""Monitors in YAML: out and in again, whole or not at all, and never a secret in clear."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from components.models import JournalEntry
from components.secrets import SEALED
from monitors.models import Check, Monitor
from monitors.probers import registry
from monitors.services import save_monitor
from statuspage.catalogue_files import monitors
from tests import build

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

GOOD: dict[str, Any] = {"name": "Answers", "component": "api", "config": {"url": "http://x.org/"}}


def with_secret() -> Monitor:
    monitor = Monitor(
        name="Signs in",
        component=build.component(slug="api"),
        kind="endpoint",
        config={"url": "http://x.org/", "username": "u", "password": "canary-of-the-file"},
    )
    return save_monitor(monitor, regions=[build.region("eu", "Europe")])


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("monitors", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def write(folder: Path, *entries: dict[str, Any]) -> str:
    path = folder / "monitors.yaml"
    path.write_text(yaml.safe_dump({"monitors": list(entries)}), encoding="utf-8")
    return str(path)


def test_what_was_exported_is_imported_without_a_change(tmp_path: Path) -> None:
    with_secret()
    build.heartbeat()
    paused = build.monitor(interval=90, confirm_down=4, enabled=False)
    file = str(tmp_path / "m.yaml")
    run("export", file)
    before = list(Monitor.objects.values().order_by("pk"))
    mark = JournalEntry.objects.count()

    told, _ = run("import", file)

    assert told == "0 created, 0 changed, 3 unchanged\n"
    assert list(Monitor.objects.values().order_by("pk")) == before
    assert JournalEntry.objects.count() == mark
    assert f"name: {paused.name}" in Path(file).read_text()


def test_an_export_makes_the_same_monitors_in_an_empty_store(tmp_path: Path) -> None:
    component = build.component(slug="api")
    build.monitor(component, interval=90, timeout=2.5, confirm_up=3, regions=(build.region("eu"),))
    text, _ = run("export", "-")
    Monitor.objects.all().delete()
    path = tmp_path / "m.yaml"
    path.write_text(text)

    run("import", str(path))

    assert run("export", "-")[0] == text
    check = Check.objects.get()
    assert (check.region_id, check.due is not None) == ("eu", True)


def test_secrets_are_left_out_and_kept_where_they_are_known_s10(tmp_path: Path) -> None:
    monitor = with_secret()
    token = monitor.config["password"][SEALED]
    text, _ = run("export", "-")
    assert "canary" not in text
    assert token not in text
    entry = yaml.safe_load(text)["monitors"][0]
    assert entry["config"]["password"] == {"set": True}
    entry["interval"] = 120

    told, _ = run("import", write(tmp_path, entry))

    monitor.refresh_from_db()
    assert told == "changed: Signs in (api)\n0 created, 1 changed, 0 unchanged\n"
    assert (monitor.interval, monitor.config["password"][SEALED]) == (120, token)


def test_a_secret_that_is_not_known_here_is_asked_for_s10(tmp_path: Path) -> None:
    build.component(slug="api")
    entry = {**GOOD, "config": {"url": "http://x.org/", "username": "u", "password": {"set": True}}}

    with pytest.raises(CommandError, match=r"monitors\.0 \(Answers\): config: password: .* write"):
        run("import", write(tmp_path, entry))


def test_a_sealed_token_is_not_taken_from_a_file_s10(tmp_path: Path) -> None:
    token = with_secret().config["password"]
    entry = {**GOOD, "config": {"url": "http://x.org/", "username": "u", "password": token}}

    with pytest.raises(CommandError, match="config: password"):
        run("import", write(tmp_path, entry))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"config": {"url": "nonsense"}}, "config: url: "),
        ({"kind": "telepathy"}, "kind: "),
        ({"interval": -1}, "interval: Write a number of seconds from 1"),
        ({"interval": 5, "timeout": 6}, "timeout: The timeout (6 s) must not be longer"),
        ({"timeout": 0}, "timeout: Write a number of seconds above 0"),
        ({"regions": ["atlantis"]}, "regions: there is no region atlantis; make it first"),
        ({"component": "nobody"}, "component: there is none with the slug nobody; make it first"),
        ({"name": "First"}, "name: 2 entries of api have this name"),
    ],
)
def test_one_mistake_names_its_entry_and_field_and_nothing_is_imported(
    tmp_path: Path, wrong: dict[str, Any], says: str
) -> None:
    build.component(slug="api")
    file = write(tmp_path, {**GOOD, "name": "First"}, {**GOOD, **wrong})

    with pytest.raises(CommandError) as caught:
        run("import", file)

    told = str(caught.value)
    assert f"monitors.1 ({ {**GOOD, **wrong}['name'] }): " in told
    assert says in told
    assert not Monitor.objects.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("monitors: [", "not YAML"),
        ("just a line", "the file: "),
        ("monitors: [{name: A, component: api, colour: red}]", "monitors.0.colour: "),
        ("monitors: [{name: A, component: api, interval: soon}]", "monitors.0.interval: "),
        ("monitors: [{component: api}]", "monitors.0.name: "),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_place(text: str, says: str) -> None:
    with pytest.raises(monitors.FileError) as caught:
        monitors.read(text)

    assert says in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, {**GOOD, "interval": 0}, {**GOOD, "name": "B", "config": {}})

    with pytest.raises(CommandError) as caught:
        run("import", file)

    told = str(caught.value)
    assert "monitors.0 (Answers): interval" in told
    assert "monitors.1 (B): config: url" in told


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    build.component(slug="api")

    told, _ = run("import", write(tmp_path, GOOD), "--dry-run")

    assert told == "new: Answers (api)\n1 would be created, 0 would be changed, 0 unchanged\n"
    assert not Monitor.objects.exists()


def test_a_failure_while_writing_leaves_nothing_half_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.component(slug="api")
    file = write(tmp_path, GOOD, {**GOOD, "name": "B"})
    plan = monitors.plan(monitors.read(Path(file).read_text()))

    def fail_at_the_second(done: int, of: int) -> None:
        if done == of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        monitors.import_monitors(plan, on_progress=fail_at_the_second)

    assert not Monitor.objects.exists()


def test_what_somebody_changed_since_it_was_read_is_not_overwritten(tmp_path: Path) -> None:
    monitor = build.monitor(build.component(slug="api"), name="Answers")
    plan = monitors.plan([monitors.Entry.model_validate(GOOD)])
    monitor.interval = 77
    save_monitor(monitor, regions=[])

    with pytest.raises(monitors.FileError, match="Answers was changed meanwhile"):
        monitors.import_monitors(plan, on_progress=lambda done, of: None)

    monitor.refresh_from_db()
    assert monitor.interval == 77


def test_how_far_it_has_come_is_told_besides(tmp_path: Path) -> None:
    build.component(slug="api")
    file = write(tmp_path, *({**GOOD, "name": f"M{number}"} for number in range(101)))

    told, aside = run("import", file)

    assert aside == "101 entries read, checking them\n100 of 101 written\n101 of 101 written\n"
    assert told.endswith("101 created, 0 changed, 0 unchanged\n")


def test_the_products_own_monitors_are_neither_taken_out_nor_changed(tmp_path: Path) -> None:
    own = build.monitor(build.component(slug="api"), name="Answers")
    Monitor.objects.filter(pk=own.pk).update(builtin="public")

    assert yaml.safe_load(run("export", "-")[0]) == {"monitors": []}
    with pytest.raises(CommandError, match="the product's own"):
        run("import", write(tmp_path, GOOD))


def test_every_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    configs: dict[str, dict[str, Any]] = {
        "tcp": {"host": "x.org", "port": 25},
        "ping": {"host": "x.org"},
        "dns": {"name": "x.org", "record_type": "A"},
        "certificate": {"host": "x.org"},
        "heartbeat": {"period": 60},
        "readers": {"group": "gpu"},
        "external": {"watchdog": "Watchdog"},
        "manual": {},
    }
    build.component(slug="api")
    entries = [
        {"name": kind, "component": "api", "kind": kind, "config": config}
        for kind, config in configs.items()
        if kind in registry.probers()
    ]

    run("import", write(tmp_path, *entries))

    assert {entry["kind"] for entry in entries} == set(configs)
    text, _ = run("export", "-")
    path = tmp_path / "again.yaml"
    path.write_text(text)
    assert run("import", str(path))[0].endswith(f"{len(configs)} unchanged\n")


EXAMPLE: dict[str, Any] = {**GOOD, "config": {"url": "https://api.example.com/"}}


def test_a_file_starts_no_monitor_without_a_real_address_f_t16(tmp_path: Path) -> None:
    build.component(slug="api")
    told, _ = run("import", write(tmp_path, EXAMPLE))
    again, _ = run("import", write(tmp_path, EXAMPLE))

    monitor = Monitor.objects.get()
    assert (monitor.enabled, monitor.awaits_start) == (False, True)
    line = "paused until it has a real address: Answers (api; url: api.example.com)\n"
    assert line in told
    assert line in again
    assert "1 unchanged" in again

    run("import", write(tmp_path, GOOD))

    # Here the file itself says that it runs, and at which address.
    monitor = Monitor.objects.get()
    assert (monitor.enabled, monitor.awaits_start) == (True, False)


def test_what_somebody_started_at_an_example_address_goes_on_f_t16(tmp_path: Path) -> None:
    build.component(slug="api")
    run("import", write(tmp_path, EXAMPLE))
    monitor = Monitor.objects.get()
    monitor.enabled = True
    save_monitor(monitor, regions=[])

    told, _ = run("import", write(tmp_path, EXAMPLE))

    assert told == "0 created, 0 changed, 1 unchanged\n"
    assert Monitor.objects.get().enabled


def test_a_file_may_say_that_it_runs_all_the_same_f_t16(tmp_path: Path) -> None:
    build.component(slug="api")

    told, _ = run("import", write(tmp_path, {**EXAMPLE, "enabled": True}))

    assert "paused" not in told
    assert Monitor.objects.get().enabled
