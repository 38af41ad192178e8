"""Catalogues in YAML: whole or not at all, and every mistake named with its place."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from components.models import Component, Group
from monitors.models import Monitor, Region
from statuspage.catalogue_files import preset
from statuspage.catalogue_files.preset import PresetError

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


def test_loading_twice_adds_nothing_and_keeps_what_people_edited() -> None:
    preset.load(preset.read("ai-platform"))
    Component.objects.filter(slug="api").update(name="Our API")
    monitors = Monitor.objects.count()

    report = preset.load(preset.read("ai-platform"))

    assert report.created == {}
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
