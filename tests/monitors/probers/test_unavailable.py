"""A kind whose library is not installed says so, cannot be chosen, and judges nobody."""

import subprocess
import sys
import tomllib

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from monitors.models import Monitor
from monitors.probers import registry
from monitors.probing.base import ProbeStatus
from monitors.services import save_monitor
from monitors.worker.probe_factory import prober_and_config
from tests import ROOT, build
from tests.monitors.checks import OPEN, make, probe

SAYS = "Container needs the library no_such_library: pip install 'statuspage[containers]'"
ADD = "admin:monitors_monitor_add"


def container() -> Monitor:
    made = Monitor(
        name="Shop", component=build.component(), kind="container", config={"container": "shop"}
    )
    return save_monitor(made, regions=())


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(registry.prober("container")), "library", "no_such_library")


@pytest.mark.usefixtures("lacking")
@pytest.mark.django_db
def test_it_is_refused_by_the_one_check_that_admin_api_and_files_share() -> None:
    with pytest.raises(ValidationError) as caught:
        container()

    assert caught.value.message_dict["kind"] == [f"{SAYS}."]
    assert not Monitor.objects.exists()


@pytest.mark.usefixtures("lacking")
@pytest.mark.django_db
def test_the_admin_says_so_before_anybody_chooses_it(staff: Client) -> None:
    others = staff.get(reverse(ADD)).content.decode()
    form = staff.get(reverse(ADD), {"kind": "container"}).content.decode()

    assert "<b>Container</b> (not installed)" in others
    assert "?kind=container" not in others
    assert "?kind=storage" in others
    assert "no_such_library" in form


@pytest.mark.django_db
def test_one_that_is_there_can_be_changed_and_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monitor = container()
    monkeypatch.setattr(type(registry.prober("container")), "library", "no_such_library")
    monitor.enabled = False
    save_monitor(monitor, regions=())
    prober, config = prober_and_config(monitor)

    outcome = make([probe(config, prober=prober)], guard=OPEN)[1].outcome

    assert (outcome.status, outcome.message) == (ProbeStatus.INCONCLUSIVE, SAYS)


def test_no_kind_needs_its_extra_to_be_found() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = {name: " ".join(needs) for name, needs in extras["optional-dependencies"].items()}
    heavy = {each.library: each.extra for each in registry.probers().values() if each.library}
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in heavy)
    asked = (
        f"import sys; {blocked}from monitors.probers import registry; print(*registry.probers())"
    )

    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert set(done.stdout.split()) == set(registry.probers())
    assert heavy
    for library, extra in heavy.items():
        assert library in optional[extra]
        assert not any(need.startswith(library) for need in extras["dependencies"])
