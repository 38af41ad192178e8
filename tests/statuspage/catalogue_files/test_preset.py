"""Catalogues in YAML: whole or not at all, and every mistake named with its place."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from components.models import Component, Group
from components.status import Status
from monitors.models import Check, Monitor, Region
from monitors.services import save_monitor
from statuspage.catalogue_files import preset
from statuspage.catalogue_files.preset import PresetError
from statuspage.models import Page
from statuspage.publishing import projector

pytestmark = [pytest.mark.django_db(transaction=True)]


def write(folder: Path, text: str) -> str:
    path = folder / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def one(monitor: str) -> str:
    component = f"{{name: C, slug: c, monitors: [{{name: m, {monitor}}}]}}"
    return f"groups: [{{name: G, components: [{component}]}}]"


def test_the_ai_platform_has_the_services_and_regions_of_t07_t08() -> None:
    call_command("preset", "ai-platform", verbosity=0)

    names = dict(Component.objects.values_list("slug", "name"))
    assert {
        "api": "API",
        "clusters": "GPU Clusters",
        "endpoints": "Serverless Endpoints",
        "training": "Training Services",
        "ai-services": "AI Services",
        "storage": "Storage",
        "database": "Database",
        "monitoring": "Monitoring",
    }.items() <= names.items()
    # X12–X15
    assert {"Dashboard", "Inference Routing", "Shared Agents", "Model Storage"} <= set(
        names.values()
    )
    assert dict(Region.objects.values_list("code", "name")) == {
        "us-east-1": "Virginia",
        "us-west-2": "Oregon",
        "eu-west-1": "Ireland",
        "ap-southeast-1": "Singapore",
        "global": "Global",
    }


def test_nothing_of_the_ai_platform_runs_before_it_has_an_address_f_t16() -> None:
    preset.load(preset.read("ai-platform"))

    assert not Monitor.objects.filter(enabled=True).exists()
    assert not Monitor.objects.filter(awaits_start=False).exists()
    assert not Check.objects.exclude(due=None).exists()


def test_the_page_after_a_preset_shows_no_outage_and_claims_nothing_f_t16() -> None:
    preset.load(preset.read("ai-platform"))
    projector.catch_up()

    assert set(Component.objects.values_list("status", flat=True)) == {Status.UNKNOWN}
    # By rule 4: what is not known is not said to be well.
    assert Page.objects.get().status == Status.DEGRADED


def test_the_kinds_of_the_ai_platform_fit_what_they_watch_x12_x13_x14_x15() -> None:
    preset.load(preset.read("ai-platform"))

    def watched(slug: str) -> list[tuple[str, dict[str, Any]]]:
        rows = Monitor.objects.filter(component__slug=slug).order_by("pk")
        return [(row.kind, row.config) for row in rows]

    (kind, config), *_ = watched("dashboard")
    assert (kind, config["degraded_ms"]) == ("endpoint", 800)
    assert [config["degraded_ms"] for _, config in watched("inference-routing")] == [500] * 3
    assert [kind for kind, _ in watched("shared-agents")] == ["readers", "heartbeat"]
    assert watched("shared-agents")[0][1] == {"group": "shared-agents"}
    [(kind, config)] = watched("model-storage")
    assert (kind, config["check"]) == ("storage", "canary")


@pytest.mark.parametrize(
    ("address", "runs"),
    [
        ("http://localhost:1/", True),
        ("https://api.acme.io/", True),
        ("https://api.example.com/", False),
        ("https://api.test/", False),
    ],
)
def test_a_monitor_of_a_file_runs_once_its_address_is_real_f_t16(
    tmp_path: Path, address: str, runs: bool
) -> None:
    report = preset.load(preset.read(write(tmp_path, one(f"config: {{url: '{address}'}}"))))

    monitor = Monitor.objects.get()
    assert (monitor.enabled, monitor.awaits_start) == (runs, not runs)
    assert [row.name for row in report.waiting] == ([] if runs else ["m"])


def test_a_file_may_have_a_monitor_wait_f_t16(tmp_path: Path) -> None:
    preset.load(preset.read(write(tmp_path, one("enabled: false, config: {url: 'http://x.org/'}"))))

    monitor = Monitor.objects.get()
    assert (monitor.enabled, monitor.awaits_start) == (False, True)


def test_a_file_may_start_a_monitor_at_a_reserved_name_by_saying_so_f_t16(tmp_path: Path) -> None:
    path = write(tmp_path, one("enabled: true, config: {url: 'https://shop.test/'}"))
    preset.load(preset.read(path))

    monitor = Monitor.objects.get()
    assert (monitor.enabled, monitor.awaits_start) == (True, False)
    assert differences(path, apply=True) == []


def differences(path: str, *, apply: bool = False) -> list[str]:
    return [str(each) for each in preset.load(preset.read(path), apply=apply).differences]


def test_a_second_run_with_a_changed_file_tells_what_differs_f_t16(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    original = (preset.FOLDER / "ai-platform.yaml").read_text()
    file.write_text(original)
    preset.load(preset.read(str(file)))
    Component.objects.filter(slug="database").update(name="Postgres")
    changed = (
        original.replace("Core API endpoints", "The API")
        .replace("name: Ireland", "name: Dublin")
        .replace("degraded_ms: 800", "degraded_ms: 900")
        .replace("depends_on: [api]", "depends_on: [api, database]")
        .replace("https://api.example.com/health", "https://api.acme.io/health")
        .replace("name: Router 3", "name: Router 9")
    )
    file.write_text(changed)
    before = list(Monitor.objects.values().order_by("pk"))

    told = differences(str(file))

    assert told == [
        "~ region eu-west-1: name: “Ireland” here, “Dublin” in the file",
        "~ component api: description: “Core API endpoints” here, “The API” in the file",
        (
            "~ monitor “API answers” of api: config.url: “https://api.example.com/health” here,"
            " “https://api.acme.io/health” in the file"
        ),
        "~ component dashboard: depends_on: api here, api, database in the file",
        (
            "~ monitor “Dashboard responds” of dashboard: config.degraded_ms: 800 here, 900 in"
            " the file"
        ),
        "+ monitor “Router 9” of inference-routing is in the file and not here",
        "- monitor “Router 3” of inference-routing is not in the file; it stays",
        "~ component database: name: “Postgres” here, “Database” in the file",
    ]
    assert list(Monitor.objects.values().order_by("pk")) == before

    assert differences(str(file), apply=True) == told
    left = differences(str(file))

    assert left == ["- monitor “Router 3” of inference-routing is not in the file; it stays"]
    assert Component.objects.get(slug="api").description == "The API"
    assert Component.objects.get(slug="database").name == "Database"
    api = Monitor.objects.get(name="API answers")
    assert api.config["url"] == "https://api.acme.io/health"
    # Starting it is a person's word.
    assert (api.enabled, api.awaits_start) == (False, True)


def test_what_was_filled_in_and_started_is_no_difference_and_stays_f_t16() -> None:
    preset.load(preset.read("ai-platform"))
    for monitor in Monitor.objects.all():
        if monitor.kind == "endpoint":
            monitor.config["url"] = "http://localhost:9/"
        elif monitor.kind == "storage":
            monitor.config |= {"url": "http://localhost:9", "access_key": "AK", "secret_key": "s"}
        monitor.enabled = True
        save_monitor(monitor, regions=[])
    before = list(Monitor.objects.values().order_by("pk"))

    assert differences("ai-platform", apply=True) == []
    assert list(Monitor.objects.values().order_by("pk")) == before
    assert not Monitor.objects.filter(awaits_start=True).exists()


def test_secrets_are_compared_and_never_shown_f_t16(tmp_path: Path) -> None:
    for secret in ("first-canary", "second-canary"):
        path = write(
            tmp_path, one(f"config: {{url: 'http://x.org/', username: u, password: {secret}}}")
        )
        told = differences(path)
    same = differences(path, apply=True), differences(path)

    assert told == ["~ monitor “m” of c: config.password: a secret here, a secret in the file"]
    assert same == (told, [])


def test_the_command_says_how_to_apply_f_t16(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, one("config: {url: 'http://x.org/'}"))
    call_command("preset", path)
    first = capsys.readouterr().out
    call_command("preset", path)
    same = capsys.readouterr().out
    write(tmp_path, one("interval: 77, config: {url: 'http://x.org/'}"))
    call_command("preset", path)
    changed = capsys.readouterr().out
    call_command("preset", path, "--apply")

    assert first == "Created 1 groups, 1 components, 1 monitors.\n"
    assert same == "Everything is there, as the file has it.\n"
    assert "interval: 30 here, 77 in the file" in changed
    assert f"manage.py preset {path} --apply" in changed
    assert Monitor.objects.get().interval == 77


def test_a_file_may_name_the_region_global_without_saying_what_it_is(tmp_path: Path) -> None:
    preset.load(
        preset.read(write(tmp_path, one("config: {url: 'http://x.org/'}, regions: [global]")))
    )

    assert [region.pk for region in Monitor.objects.get().regions.all()] == ["global"]


def test_loading_twice_adds_nothing_and_keeps_what_people_edited() -> None:
    preset.load(preset.read("ai-platform"))
    Component.objects.filter(slug="api").update(name="Our API")
    monitors = Monitor.objects.count()

    report = preset.load(preset.read("ai-platform"))

    assert report.created == {}
    assert [each.file for each in report.differences] == ["“API”"]
    assert Component.objects.get(slug="api").name == "Our API"
    assert Monitor.objects.count() == monitors


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (one("config: {url: nonsense}"), "groups.0.components.0.monitors.0: config: url"),
        (one("kind: telepathy, config: {}"), "kind"),
        (one("interval: -1, config: {url: 'http://x.org/'}"), "interval"),
        (one("interval: 5, timeout: 6, config: {url: 'http://x.org/'}"), "timeout"),
        (one("config: {url: 'http://x.org/'}, regions: [atlantis]"), "atlantis"),
        ("groups: [{name: G, colour: red, components: []}]", "groups.0.colour"),
        ("groups: [{name: G, components: [{name: C, slug: 'A b'}]}]", "slug"),
        ("groups: [", "not YAML"),
        ("just a line", "catalogue.yaml"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_nothing_is_written(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(PresetError) as caught:
        preset.load(preset.read(write(tmp_path, text)))

    assert says in str(caught.value)
    assert not Group.objects.exists()
    assert not Region.objects.exists()


def test_a_name_that_is_neither_preset_nor_file_lists_what_there_is() -> None:
    with pytest.raises(CommandError, match="ai-platform"):
        call_command("preset", "no-such-thing")


def test_the_platforms_dependencies_are_set_t26() -> None:
    preset.load(preset.read("ai-platform"))

    api = Component.objects.get(slug="api")
    assert [each.name for each in api.depends_on.order_by("name")] == ["Database", "Storage"]


@pytest.mark.parametrize(
    ("needs", "says"),
    [(["nobody"], "there is no component nobody"), (["b"], "a → b → a"), (["a"], "a → a")],
)
def test_dependencies_that_cannot_be_are_refused_with_their_place_t28(
    tmp_path: Path, needs: list[str], says: str
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "groups: [{name: G, components: ["
        f"{{name: A, slug: a, depends_on: [{', '.join(needs)}]}},"
        "{name: B, slug: b, depends_on: [a]}]}]"
    )

    with pytest.raises(preset.PresetError, match=f"groups.0.components.0: depends_on: .*{says}"):
        preset.load(preset.read(str(path)))

    assert not Component.objects.exists()
